/* The upstream of the benchmark: a stand-in for api.x.ai that costs as little as one core can give.
 *
 * usage: stub PORT
 *
 * One thread, epoll, HTTP/1.1 with keep-alive. A request says what it wants inside its own prompt, wherever that
 * stands in the body: "bench events=200 delay_ms=20 size=0 event_lines=0". One send() per event, so that every
 * delta is a write of its own, as a model's are. GET /stub/stats gives the counters. It never judges a request. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "shapes.h"

#define REQUEST_LIMIT (80u << 20) /* the largest request kept, above the gateway's own 64 MiB */
#define SIZE_LIMIT 1000000
#define BURST 16 /* events of an unpaced stream before the next connection has its turn */
#define CLOSED (-1)

struct connection {
    int fd, heap_index; /* heap_index: its place in the timers, -1 when it waits for nothing */
    bool answering, wants_write, last_written, close_after;
    size_t body_start, body_length, scan; /* of the request being read; scan is the chunked decoder's place */
    struct buffer in, out;
    size_t out_sent;
    struct answer answer;
    int64_t due_us;
};

struct stats {
    long long requests, streams, chunks, cancelled, finished, open, last_cancel_us;
};

struct stub {
    int epoll_fd, listen_fd;
    struct connection **heap;
    int heap_count, heap_capacity;
    uint64_t id_state;
    struct stats stats;
    struct buffer scratch;
};

/* --- timers: a binary heap by due time ------------------------------------------------------------------ */

static void heap_place(struct stub *stub, int index, struct connection *connection) {
    stub->heap[index] = connection;
    connection->heap_index = index;
}

static void heap_sift(struct stub *stub, int index) {
    struct connection *moving = stub->heap[index];
    while (index > 0 && stub->heap[(index - 1) / 2]->due_us > moving->due_us) {
        heap_place(stub, index, stub->heap[(index - 1) / 2]);
        index = (index - 1) / 2;
    }
    for (int child; (child = 2 * index + 1) < stub->heap_count; index = child) {
        if (child + 1 < stub->heap_count && stub->heap[child + 1]->due_us < stub->heap[child]->due_us) child++;
        if (stub->heap[child]->due_us >= moving->due_us) break;
        heap_place(stub, index, stub->heap[child]);
    }
    heap_place(stub, index, moving);
}

static void timer_set(struct stub *stub, struct connection *connection, int64_t due_us) {
    if (stub->heap_count == stub->heap_capacity) {
        stub->heap_capacity = stub->heap_capacity ? stub->heap_capacity * 2 : 256;
        stub->heap = realloc(stub->heap, (size_t)stub->heap_capacity * sizeof *stub->heap);
        if (!stub->heap) abort();
    }
    connection->due_us = due_us;
    heap_place(stub, stub->heap_count++, connection);
    heap_sift(stub, connection->heap_index);
}

static void timer_clear(struct stub *stub, struct connection *connection) {
    int index = connection->heap_index;
    if (index < 0) return;
    connection->heap_index = -1;
    struct connection *moved = stub->heap[--stub->heap_count];
    if (index == stub->heap_count) return;
    heap_place(stub, index, moved);
    heap_sift(stub, index);
}

/* --- one connection -------------------------------------------------------------------------------------- */

static void connection_close(struct stub *stub, struct connection *connection) {
    if (connection->answering) {
        stub->stats.cancelled++;
        stub->stats.last_cancel_us = now_us();
    }
    timer_clear(stub, connection);
    close(connection->fd);
    buffer_free(&connection->in);
    buffer_free(&connection->out);
    buffer_free(&connection->answer.text);
    free(connection);
    stub->stats.open--;
}

static void watch(struct stub *stub, struct connection *connection, bool write, int operation) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | (write ? EPOLLOUT : 0), .data.ptr = connection};
    connection->wants_write = write;
    epoll_ctl(stub->epoll_fd, operation, connection->fd, &event);
}

/* 1 all sent, 0 the socket is full, CLOSED the peer is gone. */
static int flush(struct stub *stub, struct connection *connection) {
    while (connection->out_sent < connection->out.length) {
        ssize_t sent = send(connection->fd, connection->out.data + connection->out_sent,
                            connection->out.length - connection->out_sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && errno != EAGAIN) return CLOSED;
        if (sent < 0) {
            if (!connection->wants_write) watch(stub, connection, true, EPOLL_CTL_MOD);
            return 0;
        }
        connection->out_sent += (size_t)sent;
    }
    connection->out.length = connection->out_sent = 0;
    if (connection->wants_write) watch(stub, connection, false, EPOLL_CTL_MOD);
    return 1;
}

static void new_id(struct stub *stub, char *target) {
    uint64_t words[2];
    for (int i = 0; i < 2; i++) {
        uint64_t mixed = stub->id_state += 0x9e3779b97f4a7c15ULL;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
        words[i] = mixed ^ (mixed >> 31);
    }
    snprintf(target, 37, "%08x-%04x-%04x-%04x-%012llx", (unsigned)(words[0] >> 32), (unsigned)(words[0] >> 16 & 0xffff),
             (unsigned)(words[0] & 0xffff), (unsigned)(words[1] >> 48), (unsigned long long)(words[1] & 0xffffffffffffULL));
}

static void append_head(struct buffer *out, int status, const char *type, const char *id, long long length) {
    buffer_print(out, "HTTP/1.1 %d %s\r\ncontent-type: %s\r\nserver: bench-stub\r\nx-request-id: %s\r\n", status,
                 status == 200 ? "OK" : "Not Found", type, id);
    if (length < 0)
        buffer_print(out, "cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n");
    else
        buffer_print(out, "content-length: %lld\r\n\r\n", length);
}

/* Write events until the stream ends, waits for its time or fills the socket. CLOSED when the peer is gone. */
static int stream_on(struct stub *stub, struct connection *connection) {
    struct answer *answer = &connection->answer;
    for (int count = 0; count < BURST; count++) {
        bool is_delta;
        stub->scratch.length = 0;
        connection->last_written = shape_event(answer, &stub->scratch, &is_delta);
        buffer_print(&connection->out, "%zx\r\n", stub->scratch.length);
        buffer_append(&connection->out, stub->scratch.data, stub->scratch.length);
        buffer_append(&connection->out, "\r\n0\r\n\r\n", connection->last_written ? 7 : 2);
        if (is_delta) stub->stats.chunks++;
        int flushed = flush(stub, connection);
        if (flushed == CLOSED || flushed == 0 || connection->last_written) return flushed;
        int done = answer->step - shape_opening(answer);
        if (answer->delay_us && is_delta && done < answer->events) {
            /* Paced by the clock of the stream's start: a late event does not move those behind it. */
            timer_set(stub, connection, (connection->due_us += answer->delay_us));
            return 1;
        }
    }
    timer_set(stub, connection, now_us());
    return 1;
}

static int answer_json(struct stub *stub, struct connection *connection) {
    stub->scratch.length = 0;
    shape_json(&connection->answer, &stub->scratch);
    append_head(&connection->out, 200, "application/json", connection->answer.id, (long long)stub->scratch.length);
    buffer_append(&connection->out, stub->scratch.data, stub->scratch.length);
    connection->last_written = true;
    return flush(stub, connection);
}

static int answer_go(struct stub *stub, struct connection *connection) {
    return connection->answer.stream ? stream_on(stub, connection) : answer_json(stub, connection);
}

/* --- requests -------------------------------------------------------------------------------------------- */

static long hint(const char *text, const char *end, const char *name, long fallback, long limit) {
    size_t length = strlen(name);
    const char *found = memmem(text, (size_t)(end - text), name, length);
    if (!found) return fallback;
    long value = 0;
    for (found += length; found < end && *found >= '0' && *found <= '9' && value <= limit; found++)
        value = value * 10 + (*found - '0');
    return value < limit ? value : limit;
}

/* The member's value when it is a string without escapes, else nothing. */
static void copy_member(const char *body, size_t length, const char *name, char *target, size_t capacity) {
    const char *end = body + length, *found = memmem(body, length, name, strlen(name));
    target[0] = 0;
    if (!found) return;
    for (found += strlen(name); found < end && (*found == ' ' || *found == ':'); found++) continue;
    if (found == end || *found != '"') return;
    found++;
    const char *close = memchr(found, '"', (size_t)(end - found));
    if (!close || (size_t)(close - found) >= capacity) return;
    memcpy(target, found, (size_t)(close - found));
    target[close - found] = 0;
}

static bool asks_stream(const char *body, size_t length) {
    const char *end = body + length, *found = memmem(body, length, "\"stream\"", 8);
    if (!found) return false;
    for (found += 8; found < end && (*found == ' ' || *found == ':'); found++) continue;
    return end - found >= 4 && memcmp(found, "true", 4) == 0;
}

static void read_answer(struct stub *stub, struct answer *answer, enum surface surface, const char *body, size_t length) {
    struct buffer text = answer->text;
    text.length = 0;
    *answer = (struct answer){.surface = surface, .events = 20, .size = 100, .text = text};
    answer->created = (int64_t)time(NULL);
    new_id(stub, answer->id);
    answer->stream = asks_stream(body, length);
    copy_member(body, length, "\"model\"", answer->model, sizeof answer->model);
    const char *start = memmem(body, length, "bench events=", 13);
    if (!start) return;
    const char *end = start + 120 < body + length ? start + 120 : body + length;
    answer->events = (int)hint(start, end, "events=", 20, MARK_MAX_EVENTS - 1);
    answer->delay_us = 1000 * (int64_t)hint(start, end, "delay_ms=", 0, 60000);
    answer->size = (int)hint(start, end, "size=", answer->stream ? 0 : 100, SIZE_LIMIT);
    answer->event_lines = hint(start, end, "event_lines=", 0, 1) == 1;
}

static int lookup(struct stub *stub, struct connection *connection, const char *path) {
    char id[37];
    bool found = true;
    stub->scratch.length = 0;
    new_id(stub, id);
    if (strcmp(path, "/stub/stats") == 0) {
        const struct stats *stats = &stub->stats;
        buffer_print(&stub->scratch,
                     "{\"requests\":%lld,\"streams\":%lld,\"chunks\":%lld,\"cancelled\":%lld,\"finished\":%lld,"
                     "\"open\":%lld,\"last_cancel_us\":%lld}",
                     stats->requests, stats->streams, stats->chunks, stats->cancelled, stats->finished, stats->open,
                     stats->last_cancel_us);
    } else if (!(found = shape_lookup(path, &stub->scratch))) {
        buffer_print(&stub->scratch, "{\"code\":\"not-found\",\"error\":\"No such path.\"}");
    }
    append_head(&connection->out, found ? 200 : 404, "application/json", id, (long long)stub->scratch.length);
    buffer_append(&connection->out, stub->scratch.data, stub->scratch.length);
    return flush(stub, connection);
}

/* Act on the request that is now whole. CLOSED when the peer is gone. */
static int dispatch(struct stub *stub, struct connection *connection) {
    const char *head = connection->in.data, *body = head + connection->body_start;
    char method[8] = "", path[256] = "";
    if (sscanf(head, "%7s %255s", method, path) != 2) return CLOSED;
    path[strcspn(path, "?")] = 0;
    bool chat = strcmp(path, "/v1/chat/completions") == 0;
    if (strcmp(method, "POST") != 0 || (!chat && strcmp(path, "/v1/responses") != 0)) return lookup(stub, connection, path);
    struct answer *answer = &connection->answer;
    read_answer(stub, answer, chat ? SURFACE_CHAT : SURFACE_RESPONSES, body, connection->body_length);
    stub->stats.requests++;
    connection->answering = true;
    connection->last_written = false;
    connection->due_us = now_us();
    if (answer->stream) {
        stub->stats.streams++;
        append_head(&connection->out, 200, "text/event-stream", answer->id, -1);
    } else if (answer->delay_us) {
        timer_set(stub, connection, connection->due_us + answer->delay_us);
        return 1;
    }
    return answer_go(stub, connection);
}

static bool header_value(const char *head, size_t length, const char *name, char *target, size_t capacity) {
    size_t name_length = strlen(name);
    for (const char *line = head, *end = head + length; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        if (!newline) newline = end;
        if ((size_t)(newline - line) > name_length && strncasecmp(line, name, name_length) == 0 && line[name_length] == ':') {
            const char *value = line + name_length + 1;
            while (value < newline && *value == ' ') value++;
            size_t size = (size_t)(newline - value);
            if (size >= capacity) size = capacity - 1;
            memcpy(target, value, size);
            target[size] = 0;
            target[strcspn(target, "\r\n")] = 0;
            return true;
        }
        line = newline + 1;
    }
    return false;
}

/* Decode chunks in place behind the head. 1 whole, 0 more is needed, CLOSED nonsense. */
static int decode_chunks(struct connection *connection, size_t *used) {
    char *data = connection->in.data;
    while (true) {
        char *line = data + connection->scan;
        char *newline = memchr(line, '\n', connection->in.length - connection->scan);
        if (!newline) return 0;
        size_t size = strtoull(line, NULL, 16), start = (size_t)(newline + 1 - data);
        if (size > REQUEST_LIMIT) return CLOSED;
        if (start + size + 2 > connection->in.length) return 0;
        memmove(data + connection->body_start + connection->body_length, data + start, size);
        connection->body_length += size;
        connection->scan = start + size + 2;
        if (size == 0) {
            *used = connection->scan;
            return 1;
        }
    }
}

/* 1 a whole request stands in the buffer (*used bytes of it), 0 more is needed, CLOSED nonsense or too large. */
static int request_ready(struct connection *connection, size_t *used) {
    char value[64];
    if (!connection->body_start) {
        char *end = memmem(connection->in.data, connection->in.length, "\r\n\r\n", 4);
        if (!end) return connection->in.length > 65536 ? CLOSED : 0;
        connection->body_start = connection->scan = (size_t)(end + 4 - connection->in.data);
        connection->body_length = 0;
    }
    const char *head = connection->in.data;
    if (header_value(head, connection->body_start, "transfer-encoding", value, sizeof value))
        return decode_chunks(connection, used);
    unsigned long long length = 0;
    if (header_value(head, connection->body_start, "content-length", value, sizeof value)) length = strtoull(value, NULL, 10);
    if (length > REQUEST_LIMIT) return CLOSED;
    *used = connection->body_start + length;
    connection->body_length = length;
    return connection->in.length >= *used ? 1 : 0;
}

/* Answer every whole request that has been read, one after the other. CLOSED when the connection must go. */
static int serve(struct stub *stub, struct connection *connection) {
    int result = 1;
    while (true) {
        if (connection->answering && connection->last_written && !connection->out.length) {
            connection->answering = false;
            stub->stats.finished++;
        }
        if (connection->answering || connection->out.length) return result;
        if (connection->close_after) return CLOSED;
        size_t used = 0;
        int ready = request_ready(connection, &used);
        if (ready <= 0) return ready;
        char value[64];
        if (header_value(connection->in.data, connection->body_start, "connection", value, sizeof value))
            connection->close_after = strcasecmp(value, "close") == 0;
        result = dispatch(stub, connection);
        buffer_drop_front(&connection->in, used);
        connection->body_start = 0;
        if (result == CLOSED) return CLOSED;
    }
}

static int on_readable(struct stub *stub, struct connection *connection) {
    buffer_reserve(&connection->in, 16384);
    ssize_t got = recv(connection->fd, connection->in.data + connection->in.length,
                       connection->in.capacity - connection->in.length - 1, 0);
    if (got == 0) return CLOSED;
    if (got < 0) return errno == EAGAIN || errno == EINTR ? 1 : CLOSED;
    connection->in.length += (size_t)got;
    connection->in.data[connection->in.length] = 0;
    if (connection->in.length > REQUEST_LIMIT + 65536) return CLOSED;
    return connection->answering ? 1 : serve(stub, connection);
}

static int on_event(struct stub *stub, struct connection *connection, uint32_t events) {
    if (events & (EPOLLERR | EPOLLHUP)) return CLOSED;
    if (events & (EPOLLIN | EPOLLRDHUP) && on_readable(stub, connection) == CLOSED) return CLOSED;
    if (!(events & EPOLLOUT) || !connection->wants_write) return 1;
    int result = flush(stub, connection);
    if (result == 1 && connection->answering && !connection->last_written) result = stream_on(stub, connection);
    return result == CLOSED ? CLOSED : serve(stub, connection);
}

static void accept_all(struct stub *stub) {
    for (int fd; (fd = accept4(stub->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        struct connection *connection = calloc(1, sizeof *connection);
        if (!connection) abort();
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
        connection->fd = fd;
        connection->heap_index = -1;
        stub->stats.open++;
        watch(stub, connection, false, EPOLL_CTL_ADD);
    }
}

static void run_timers(struct stub *stub) {
    int64_t now = now_us();
    while (stub->heap_count && stub->heap[0]->due_us <= now) {
        struct connection *connection = stub->heap[0];
        timer_clear(stub, connection);
        if (answer_go(stub, connection) == CLOSED || serve(stub, connection) == CLOSED) connection_close(stub, connection);
    }
}

static void run(struct stub *stub) {
    struct epoll_event events[512];
    while (true) {
        int timeout = -1;
        if (stub->heap_count) {
            int64_t wait = stub->heap[0]->due_us - now_us();
            timeout = wait <= 0 ? 0 : (int)((wait + 999) / 1000);
        }
        int count = epoll_wait(stub->epoll_fd, events, 512, timeout);
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            if (!connection)
                accept_all(stub);
            else if (on_event(stub, connection, events[i].events) == CLOSED)
                connection_close(stub, connection);
        }
        run_timers(stub);
    }
}

int main(int count, char **arguments) {
    if (count != 2) {
        fprintf(stderr, "usage: stub PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    struct stub stub = {.id_state = (uint64_t)time(NULL)};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    stub.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    setsockopt(stub.listen_fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(stub.listen_fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(stub.listen_fd, 8192) < 0) {
        perror("stub: cannot listen");
        return 1;
    }
    stub.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(stub.epoll_fd, EPOLL_CTL_ADD, stub.listen_fd, &event);
    run(&stub);
}
