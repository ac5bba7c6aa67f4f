// SPDX-License-Identifier: GPL-2.0-only
/* Text for a terminal or a pipe, and JSON */

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "output.h"

/* The width of a pipe, and limits of the width of a terminal. */
#define PIPE_WIDTH 80
#define MIN_WIDTH 40
#define MAX_WIDTH 120

/* The text has no more of an object; JSON has all of it. */
#define MAX_SHOWN 400

#define MAX_DEPTH 8

static const char *const colours[] = {
	[COLOUR_BOLD] = "\033[1m",
	[COLOUR_DENIED] = "\033[1;31m",
	[COLOUR_EVALUATED] = "\033[1;33m",
};

static struct {
	bool colour;
	bool began;
	unsigned int width;
} text_state = {
	.width = PIPE_WIDTH,
};

static struct {
	unsigned int depth;
	bool began[MAX_DEPTH];
	char closing[MAX_DEPTH];
} json_state;

/**
 * output_init - find out where the output goes
 */
void output_init(void)
{
	const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return;
	text_state.colour = (!no_colour || !*no_colour) && term &&
			    strcmp(term, "dumb");
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return;
	text_state.width = size.ws_col;
	if (text_state.width < MIN_WIDTH)
		text_state.width = MIN_WIDTH;
	if (text_state.width > MAX_WIDTH)
		text_state.width = MAX_WIDTH;
}

/**
 * output_end - write all that was printed
 *
 * Return: false if the output could not be written, with errno.
 */
bool output_end(void)
{
	return !fflush(stdout) && !ferror(stdout);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\n';
}

/**
 * paragraph - print text with a label, wrapped
 * @indent: spaces in front of the label
 * @label: printed in front of the first line; the others begin below the text
 * @text: the text, in which a newline is a space
 *
 * A word that is longer than the line is broken.
 */
void paragraph(unsigned int indent, const char *label, const char *text)
{
	unsigned int left = indent + strlen(label), column = left, word;
	bool first = true;

	text_state.began = true;
	if (left + 16 > text_state.width)
		left = indent + 2;
	printf("%*s%s", (int)indent, "", label);
	while (is_space(*text))
		text++;
	while (*text) {
		for (word = 0; text[word] && !is_space(text[word]);)
			word++;
		if (column > left &&
		    column + !first + word > text_state.width) {
			printf("\n%*s", (int)left, "");
			column = left;
			first = true;
		}
		if (!first) {
			putchar(' ');
			column++;
		}
		for (first = false; word; word--, text++, column++) {
			if (column >= text_state.width) {
				printf("\n%*s", (int)left, "");
				column = left;
			}
			putchar(*text);
		}
		/* Two spaces in an object stay two. */
		if (*text)
			text++;
	}
	putchar('\n');
}

/* Print the text as it is if it fits, otherwise wrapped. */
static void print_line(const char *format, va_list args)
{
	char *text, *newline;

	if (vasprintf(&text, format, args) < 0)
		fail("out of memory");
	while ((newline = strchr(text, '\n')))
		*newline = ' ';
	if (strlen(text) <= text_state.width)
		puts(text);
	else
		paragraph(*text == ' ' ? 2 : 0, "", text);
	free(text);
}

/**
 * heading - print a line in colour, with an empty line in front of it
 * @colour: its colour on a terminal
 * @format: as for printf(), without a newline
 */
void heading(enum colour colour, const char *format, ...)
{
	va_list args;

	if (text_state.began)
		putchar('\n');
	text_state.began = true;
	if (text_state.colour)
		fputs(colours[colour], stdout);
	va_start(args, format);
	print_line(format, args);
	va_end(args);
	if (text_state.colour)
		fputs("\033[0m", stdout);
}

/**
 * line - print a line, such as a row of a table
 * @format: as for printf(), without a newline
 */
void line(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(format, args);
	va_end(args);
}

/**
 * shorten - cut a text that is too long to be read
 * @text: the text
 *
 * Return: a copy for free(), which says how much is missing.
 */
char *shorten(const char *text)
{
	const size_t len = strlen(text);
	char *copy;

	if (len <= MAX_SHOWN)
		return copy_of(text);
	copy = allocate(NULL, MAX_SHOWN + 64, 1);
	snprintf(copy, MAX_SHOWN + 64,
		 "%.*s... (%zu more characters; --json has all)", MAX_SHOWN,
		 text, len - MAX_SHOWN);
	return copy;
}

static void json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c == '\n')
			putchar(' ');
		else if (c < ' ' || c > '~')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void json_begin(const char *key)
{
	if (json_state.began[json_state.depth])
		putchar(',');
	json_state.began[json_state.depth] = true;
	/* A line for each key of the whole, and for each row of its arrays. */
	if (json_state.depth == 1 || json_state.depth == 2)
		printf("\n%*s", (int)json_state.depth, "");
	if (!key)
		return;
	json_string(key);
	putchar(':');
}

/**
 * json_open - begin an object or an array
 * @key: its key, or NULL
 * @bracket: '{' or '['
 */
void json_open(const char *key, char bracket)
{
	if (json_state.depth)
		json_begin(key);
	putchar(bracket);
	json_state.depth++;
	json_state.began[json_state.depth] = false;
	json_state.closing[json_state.depth] = bracket == '{' ? '}' : ']';
}

/**
 * json_close - end the object or array that was begun last
 */
void json_close(void)
{
	putchar(json_state.closing[json_state.depth]);
	json_state.depth--;
	if (!json_state.depth)
		putchar('\n');
}

/**
 * json_text - a string, or null
 * @key: its key, or NULL
 * @text: the string, or NULL
 */
void json_text(const char *key, const char *text)
{
	json_begin(key);
	if (text)
		json_string(text);
	else
		fputs("null", stdout);
}

/**
 * json_number - a number
 * @key: its key, or NULL
 * @number: the number
 */
void json_number(const char *key, __u64 number)
{
	json_begin(key);
	printf("%llu", number);
}

/**
 * json_bool - true or false
 * @key: its key, or NULL
 * @value: the value
 */
void json_bool(const char *key, bool value)
{
	json_begin(key);
	fputs(value ? "true" : "false", stdout);
}

/**
 * json_when - a time in seconds, or null
 * @key: its key, or NULL
 * @when: the time
 */
void json_when(const char *key, const struct when *when)
{
	json_begin(key);
	if (when->known)
		printf("%llu.%06u", when->s, when->us);
	else
		fputs("null", stdout);
}
