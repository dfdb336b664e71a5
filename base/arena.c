/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum { ALIGN = 16, BLOCK_SIZE = 16 * 1024 };

struct block_header {
	struct block_header *next;
	size_t size; /* usable bytes behind the header */
	size_t used;
	size_t pad;
};

struct arena {
	struct block_header *blocks;
	size_t limit;
	size_t total;
	bool failed;
};

struct arena *arena_new(size_t limit)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (arena != NULL)
		arena->limit = limit;
	return arena;
}

static void release_blocks(struct arena *arena)
{
	struct block_header *block = arena->blocks;

	while (block != NULL) {
		struct block_header *next = block->next;
		wipe(block + 1, block->used);
		free(block);
		block = next;
	}
	arena->blocks = NULL;
}

void arena_free(struct arena *arena)
{
	if (arena == NULL)
		return;
	release_blocks(arena);
	free(arena);
}

void arena_free_p(struct arena **arena)
{
	arena_free(*arena);
	*arena = NULL;
}

void arena_reset(struct arena *arena)
{
	release_blocks(arena);
	arena->total = 0;
	arena->failed = false;
}

bool arena_failed(const struct arena *arena)
{
	return arena->failed;
}

static struct block_header *add_block(struct arena *arena, size_t size)
{
	struct block_header *block = malloc(sizeof(*block) + size);

	if (block == NULL)
		return NULL;
	block->size = size;
	block->used = 0;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

static struct block_header *block_for(struct arena *arena, size_t size)
{
#ifdef SEKISHO_ARENA_MALLOC
	return add_block(arena, size); /* one malloc each, so that ASan sees every overrun */
#else
	struct block_header *block = arena->blocks;

	if (block != NULL && block->size - block->used >= size)
		return block;
	return add_block(arena, size > BLOCK_SIZE ? size : BLOCK_SIZE);
#endif
}

void *arena_alloc(struct arena *arena, size_t size)
{
	if (arena->failed || size > arena->limit) {
		arena->failed = true;
		return NULL;
	}
	size_t rounded = (size + ALIGN - 1) / ALIGN * ALIGN;
	if (rounded == 0)
		rounded = ALIGN;
	if (rounded > arena->limit - arena->total) {
		arena->failed = true;
		return NULL;
	}
	struct block_header *block = block_for(arena, rounded);
	if (block == NULL) {
		arena->failed = true;
		return NULL;
	}
	uint8_t *memory = (uint8_t *)(block + 1) + block->used;
	block->used += rounded;
	arena->total += rounded;
	memset(memory, 0, rounded);
	return memory;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(count, size, &total)) {
		arena->failed = true;
		return NULL;
	}
	return arena_alloc(arena, total);
}

void *arena_memdup(struct arena *arena, const void *data, size_t len)
{
	void *copy = arena_alloc(arena, len);

	if (copy != NULL && len > 0)
		memcpy(copy, data, len);
	return copy;
}

char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	if (copy != NULL && len > 0)
		memcpy(copy, text, len);
	return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
	return text != NULL ? arena_strndup(arena, text, strlen(text)) : NULL;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	char *text = len >= 0 ? arena_alloc(arena, (size_t)len + 1) : NULL;
	if (text != NULL)
		vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	return text;
}

void *arena_room(struct arena *arena, void *items, size_t count, size_t size)
{
	if (count != 0 && (count & (count - 1)) != 0)
		return items; /* capacity doubles at powers of two */
	void *larger = arena_alloc_array(arena, count == 0 ? 1 : count * 2, size);
	if (larger != NULL && count != 0)
		memcpy(larger, items, count * size);
	return larger;
}
