/* controller/store/store_parts.h
 *
 * Inside the store: what its files share. */
#pragma once
#include "controller/store/store.h"

#include <pthread.h>
#include <sqlite3.h>

#define STORE_KEY_BYTES 32

struct Store {
    sqlite3 *database;
    pthread_mutex_t lock; /* SQLite's connection and errmsg are shared */
    unsigned char key[STORE_KEY_BYTES];
};
