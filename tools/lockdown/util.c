// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory, lines and fields: the parts of reading that know no format
 *
 * Names of programs and objects come from hostile programs. Each is escaped
 * once, where it is read, so that no other file has to care: after escape() a
 * string is printable ASCII.
 */

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

/* A longer line is skipped. Audit's lines have some 16 KiB at most. */
#define MAX_LINE 1048576

/* Names of files and arguments are not escaped, unlike all that is read. */
static void say(const char *format, va_list args)
{
	char *text, *c;

	if (vasprintf(&text, format, args) < 0)
		return;
	for (c = text; *c; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	/* Keep the order where both streams go to one place. */
	fflush(stdout);
	fprintf(stderr, "lockdown: %s\n", text);
	free(text);
}

/**
 * note - tell the user something that is no result
 * @format: as for printf(), without a newline
 */
void note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

/**
 * fail - say why there is no answer, and exit
 * @format: as for printf(), without a newline
 */
void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	exit(STATUS_FAILED);
}

/**
 * allocate - realloc() of an array, which does not return on failure
 * @old: the array, or NULL
 * @count: elements
 * @size: bytes of each
 *
 * Return: the array.
 */
void *allocate(void *old, size_t count, size_t size)
{
	void *memory = NULL;

	if (!count || size <= SIZE_MAX / count)
		memory = realloc(old, count ? count * size : 1);
	if (!memory)
		fail("out of memory");
	return memory;
}

/**
 * grow - make room for one element more in an array
 * @old: the array, or NULL
 * @count: elements that are in use
 * @size: bytes of each
 *
 * The array doubles each time, so that a long file is not copied over and over.
 *
 * Return: the array.
 */
void *grow(void *old, size_t count, size_t size)
{
	if (count & (count - 1))
		return old;
	return allocate(old, count ? 2 * count : 1, size);
}

/**
 * copy_of - strdup(), which does not return on failure
 * @text: the string, or NULL
 *
 * Return: a copy for free(), or NULL for NULL.
 */
char *copy_of(const char *text)
{
	size_t size;

	if (!text)
		return NULL;
	size = strlen(text) + 1;
	return memcpy(allocate(NULL, size, 1), text, size);
}

/**
 * same - whether two strings are equal
 * @a: a string, or NULL
 * @b: a string, or NULL
 *
 * Return: true if they are, or if both are NULL.
 */
bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/**
 * add_up - add counters, which come from files and may be anything
 * @a: a counter
 * @b: a counter
 *
 * Return: the sum, or the largest number.
 */
__u64 add_up(__u64 a, __u64 b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

/**
 * parse_number - the number that a whole string is
 * @text: decimal digits only
 * @number: set to the number
 *
 * Return: false if @text is anything else, or too large.
 */
bool parse_number(const char *text, __u64 *number)
{
	__u64 n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned int digit = *text - '0';

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*number = n;
	return true;
}

/**
 * parse_when - the time that a whole string is
 * @text: seconds, a dot and up to six digits; or "-"
 * @when: set to the time
 *
 * Return: false if @text is anything else.
 */
bool parse_when(const char *text, struct when *when)
{
	size_t digits = strspn(text, "0123456789"), fraction;
	unsigned int us = 0, place = 100000;
	char seconds[24];

	*when = (struct when){};
	if (same(text, "-"))
		return true;
	if (digits >= sizeof(seconds) || text[digits] != '.')
		return false;
	memcpy(seconds, text, digits);
	seconds[digits] = '\0';
	text += digits + 1;
	fraction = strspn(text, "0123456789");
	if (!fraction || fraction > 6 || text[fraction] ||
	    !parse_number(seconds, &when->s))
		return false;
	for (; *text; text++, place /= 10)
		us += (*text - '0') * place;
	when->us = us;
	when->known = true;
	return true;
}

/**
 * compare_when - the order of two times
 * @a: a time; none is before all others
 * @b: a time
 *
 * Return: below, above or equal to 0, as @a is to @b.
 */
int compare_when(const struct when *a, const struct when *b)
{
	if (a->known != b->known)
		return a->known ? 1 : -1;
	if (a->s != b->s)
		return a->s > b->s ? 1 : -1;
	return (a->us > b->us) - (a->us < b->us);
}

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* Both strings have the same order. */
static const char special_letters[] = "fnrtvae\\\"";
static const char special_bytes[] = "\f\n\r\t\v\a\033\\\"";

/**
 * unescape - take back the escapes of the kernel, in place
 * @text: the text, which may have anything in it
 * @len: its length
 *
 * A backslash that begins no escape stays.
 *
 * Return: the number of bytes that @text has now. They are not terminated.
 */
size_t unescape(char *text, size_t len)
{
	const char *from = text, *end = text + len, *letter;
	char *to = text;

	while (from < end) {
		unsigned int octal = 0, digits = 0;

		if (*from != '\\' || from + 1 == end) {
			*to++ = *from++;
			continue;
		}
		letter = memchr(special_letters, from[1],
				sizeof(special_letters) - 1);
		if (letter) {
			*to++ = special_bytes[letter - special_letters];
			from += 2;
			continue;
		}
		while (digits < 3 && from + 1 + digits < end &&
		       is_octal(from[1 + digits]))
			octal = octal * 8 + (from[1 + digits++] - '0');
		if (!digits || octal > 255) {
			*to++ = *from++;
			continue;
		}
		*to++ = (char)octal;
		from += 1 + digits;
	}
	return to - text;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/**
 * unhex - decode hexadecimal digits, in place
 * @text: the digits
 * @len: their number, set to the number of bytes
 *
 * Return: false, with @text as it was, if anything else is there.
 */
bool unhex(char *text, size_t *len)
{
	size_t i;

	if (!*len || *len % 2)
		return false;
	for (i = 0; i < *len; i++) {
		if (hex_digit(text[i]) < 0)
			return false;
	}
	for (i = 0; i < *len / 2; i++)
		text[i] = (char)(hex_digit(text[2 * i]) << 4 |
				 hex_digit(text[2 * i + 1]));
	*len /= 2;
	return true;
}

/**
 * escape - make a string printable, in the way of the kernel's log
 * @bytes: the string
 * @len: its length
 *
 * Bytes above 126 are escaped, too: a terminal may take them for controls, and
 * they need not be valid in its character set.
 *
 * Return: printable ASCII for free(), in which no quote stands unescaped.
 */
char *escape(const char *bytes, size_t len)
{
	char *text, *to;
	size_t i;

	text = allocate(NULL, len + 1, 4);
	to = text;
	for (i = 0; i < len; i++) {
		unsigned char c = bytes[i];
		const char *special =
			memchr(special_bytes, c, sizeof(special_bytes) - 1);

		if (special)
			to += sprintf(to, "\\%c",
				      special_letters[special - special_bytes]);
		else if (c < ' ' || c > '~')
			to += sprintf(to, "\\%03o", c);
		else
			*to++ = (char)c;
	}
	*to = '\0';
	return text;
}

/**
 * escape_text - escape text of the kernel, which has escaped it already
 * @text: the text, which is overwritten
 *
 * The kernel takes bytes above 160 for printable, and a captured file may hold
 * anything.
 *
 * Return: as for escape().
 */
char *escape_text(char *text)
{
	return escape(text, unescape(text, strlen(text)));
}

static void put(struct lines *lines, char c)
{
	if (lines->len + 1 >= lines->size) {
		lines->size = lines->size ? lines->size * 2 : 512;
		lines->text = allocate(lines->text, lines->size, 1);
	}
	lines->text[lines->len] = c;
}

/**
 * next_line - read a line
 * @lines: the file; the line stays until the next call
 *
 * The last line needs no newline. The rest of a line that is too long is
 * skipped.
 *
 * Return: 1 for a line, 0 at the end, -1 on an error, with errno.
 */
int next_line(struct lines *lines)
{
	int c;

	lines->len = 0;
	lines->bad = false;
	while ((c = getc_unlocked(lines->file)) != EOF && c != '\n') {
		if (!c || lines->len == MAX_LINE) {
			lines->bad = true;
			continue;
		}
		put(lines, (char)c);
		lines->len++;
	}
	if (ferror(lines->file))
		return -1;
	if (c == EOF && !lines->len && !lines->bad)
		return 0;
	put(lines, '\0');
	return 1;
}

static char *closing_quote(char *text, enum quoting quoting)
{
	for (; *text && *text != '"'; text++) {
		if (quoting == QUOTED_BY_KERNEL && *text == '\\' && text[1])
			text++;
	}
	return *text ? text : NULL;
}

/**
 * next_field - take a field "key=value" or 'key="value"' from a line
 * @pos: the position, moved behind the field; the line is cut into strings
 * @quoting: the meaning of a backslash
 * @field: set to the field, whose value is still escaped
 *
 * Return: 1 for a field, 0 at the end, -1 if the text is no field.
 */
int next_field(char **pos, enum quoting quoting, struct field *field)
{
	char *text = *pos + strspn(*pos, " "), *end;

	if (!*text)
		return 0;
	field->key = text;
	text += strcspn(text, "= \"");
	if (*text != '=' || text == field->key)
		return -1;
	*text++ = '\0';
	field->quoted = *text == '"';
	if (field->quoted) {
		end = closing_quote(++text, quoting);
		if (!end || (end[1] && end[1] != ' '))
			return -1;
	} else {
		end = text + strcspn(text, " ");
	}
	field->value = text;
	field->len = end - text;
	*pos = *end ? end + 1 : end;
	*end = '\0';
	return 1;
}
