/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Request memory: allocated freely, released all at once, bounded. Overflow is sticky: after the
 * first refusal every allocation returns NULL and arena_failed() is true, so a handler may check
 * once at the end. With -DSEKISHO_ARENA_MALLOC (ASan preset) each allocation is its own malloc.
 * Wiped when released: one-time tokens and cookies pass through. Passwords and keys have no place
 * here (struct secret).
 */
struct arena;

/* New arena that will hold at most limit bytes; NULL when memory is short. */
struct arena *arena_new(size_t limit);
/* Releases all; NULL is allowed. */
void arena_free(struct arena *arena);
void arena_free_p(struct arena **arena);
/* Empties it for reuse; clears the sticky failure. */
void arena_reset(struct arena *arena);
bool arena_failed(const struct arena *arena);

/* Zeroed, 16-byte aligned; NULL when the limit is reached. */
void *arena_alloc(struct arena *arena, size_t size);
/* NUL-terminated copies. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
void *arena_memdup(struct arena *arena, const void *data, size_t len);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define arena_new_of(arena, type)	((type *)arena_alloc((arena), sizeof(type)))
#define arena_array(arena, type, count) ((type *)arena_alloc_array((arena), (count), sizeof(type)))
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);
/* The array of count items with room for one more: itself, or a larger copy. NULL as above. */
void *arena_room(struct arena *arena, void *items, size_t count, size_t size);

#endif
