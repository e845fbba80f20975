#include "config/crypto_library.h"

LATE_LIBRARY_DEFINE(CryptoLibrary, crypto, CRYPTO_FUNCTIONS, FILE_OF_CRYPTO, "libssl3")
