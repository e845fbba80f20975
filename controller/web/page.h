/* controller/web/page.h
 *
 * The status page, page.html as it is in this folder, put into the program by the build. */
#pragma once
#include <stddef.h>

extern const unsigned char page_html[];
extern const size_t page_html_size;
