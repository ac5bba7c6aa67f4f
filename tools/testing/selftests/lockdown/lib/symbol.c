// SPDX-License-Identifier: GPL-2.0-only
/* Addresses of the kernel's symbols. */

#include <stdio.h>
#include <string.h>

#include "symbol.h"

/**
 * find_symbol - find the address of a symbol
 * @wanted: its name
 *
 * Return: the address; 0 if there is none, or if addresses are hidden.
 */
unsigned long long find_symbol(const char *wanted)
{
	FILE *symbols = fopen("/proc/kallsyms", "re");
	unsigned long long address, found = 0;
	char name[128];

	while (symbols && !found &&
	       fscanf(symbols, "%llx %*c %127s%*[^\n]", &address, name) == 2) {
		if (!strcmp(name, wanted))
			found = address;
	}
	if (symbols)
		fclose(symbols);
	return found;
}
