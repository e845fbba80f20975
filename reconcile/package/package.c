#include "reconcile/package/package.h"

G_DEFINE_QUARK(driftless - package - error - quark, package_error)
