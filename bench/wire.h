/* What the stub and the load client agree on: the clock, the mark inside every delta, a growing buffer.
 *
 * A delta's text starts with a mark "~00012.123456789~": its number in the stream and the microsecond it was
 * sent (CLOCK_MONOTONIC modulo 1000 s). A gateway carries text unchanged, so the mark survives forwarding,
 * translation and re-chunking, and the client can check order and completeness and measure the transit. */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MARK_LENGTH 17
#define MARK_WRAP_US 1000000000LL
#define MARK_MAX_EVENTS 100000
#define ANSWER_TEXT "Benchmark answer: "

struct buffer {
    char *data;
    size_t length, capacity;
};

static inline int64_t now_us(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static inline void write_digits(char *target, int count, int64_t value) {
    for (int i = count - 1; i >= 0; i--, value /= 10) target[i] = (char)('0' + value % 10);
}

static inline int64_t read_digits(const char *source, int count) {
    int64_t value = 0;
    for (int i = 0; i < count; i++) {
        if (source[i] < '0' || source[i] > '9') return -1;
        value = value * 10 + (source[i] - '0');
    }
    return value;
}

static inline void mark_write(char *target, int number, int64_t sent_us) {
    target[0] = '~';
    write_digits(target + 1, 5, number);
    target[6] = '.';
    write_digits(target + 7, 9, sent_us % MARK_WRAP_US);
    target[16] = '~';
}

/* Read the mark at source (MARK_LENGTH bytes must be there); false when it is something else. */
static inline bool mark_read(const char *source, int *number, int64_t *age_us, int64_t now) {
    if (source[0] != '~' || source[6] != '.' || source[16] != '~') return false;
    int64_t seen = read_digits(source + 1, 5), sent = read_digits(source + 7, 9);
    if (seen < 0 || sent < 0) return false;
    *number = (int)seen;
    *age_us = (now % MARK_WRAP_US - sent + MARK_WRAP_US) % MARK_WRAP_US;
    return true;
}

static inline void buffer_reserve(struct buffer *buffer, size_t extra) {
    if (buffer->length + extra <= buffer->capacity) return;
    size_t capacity = buffer->capacity ? buffer->capacity : 1024;
    while (capacity < buffer->length + extra) capacity *= 2;
    buffer->data = realloc(buffer->data, capacity);
    if (!buffer->data) abort();
    buffer->capacity = capacity;
}

static inline void buffer_append(struct buffer *buffer, const char *data, size_t length) {
    buffer_reserve(buffer, length);
    memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
}

static inline void buffer_drop_front(struct buffer *buffer, size_t length) {
    buffer->length -= length;
    if (buffer->length) memmove(buffer->data, buffer->data + length, buffer->length);
}

static inline void buffer_free(struct buffer *buffer) {
    free(buffer->data);
    *buffer = (struct buffer){0};
}

__attribute__((format(printf, 2, 3))) static inline void buffer_print(struct buffer *buffer, const char *format,
                                                                      ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    buffer_reserve(buffer, 512);
    int needed = vsnprintf(buffer->data + buffer->length, buffer->capacity - buffer->length, format, arguments);
    va_end(arguments);
    if (needed < 0) abort();
    if ((size_t)needed >= buffer->capacity - buffer->length) {
        buffer_reserve(buffer, (size_t)needed + 1);
        vsnprintf(buffer->data + buffer->length, (size_t)needed + 1, format, again);
    }
    va_end(again);
    buffer->length += (size_t)needed;
}

#endif
