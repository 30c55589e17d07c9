/* The client of the benchmark: a closed loop that checks every answer it gets.
 *
 * usage: load --port P --path /v1/responses --body FILE [--key K] [--connections C] [--duration SECONDS]
 *             [--each N] [--stream EVENTS] [--terminal TEXT] [--limit SECONDS]
 *
 * One thread, epoll, HTTP/1.1 with keep-alive, 127.0.0.1 only. All connections are made first; then each sends the
 * same request again and again until the duration is over (or N times with --each), and answers under way are waited
 * for. An answer counts when its status is 200 and it is whole: for a stream every mark in order and the terminal
 * text in a data line, for JSON the stub's answer text. Prints one line of JSON. */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#define SUB 128 /* histogram steps per power of two: a value is exact to 1 % */
#define LINE_LIMIT (16u << 20)
#define CONNECT_BATCH 64
#define ERROR_LIMIT 2000
#define ERROR_TEXT 300

struct histogram {
    uint64_t count, steps[40 * SUB];
};

enum phase { CONNECTING, IDLE, HEAD, BODY, FINISHED };

struct connection {
    int fd, status, answers, seen, tries;
    enum phase phase;
    bool chunked, close_after, terminal, disordered;
    int64_t sent_us, left; /* left: bytes of body or chunk, -1 until the peer closes */
    size_t request_sent;
    struct buffer head, line; /* line: an unfinished line of a stream, or the whole of another body */
    int chunk_state;          /* 0 size line, 1 data, 2 line end after data, 3 trailer */
};

struct load {
    int epoll_fd, port, connections, each, events, pending, active, next_connect;
    bool stream, stopping;
    double duration, limit;
    const char *path, *key, *terminal;
    struct buffer request;
    struct connection *table;
    int64_t start_us, deadline_us, last_us;
    long long answers, chunks, frames, errors, reconnects, window_answers, window_chunks, bytes;
    char error[ERROR_TEXT * 2];
    struct histogram latency, first, transit;
};

/* --- histogram ------------------------------------------------------------------------------------------- */

static void histogram_add(struct histogram *histogram, int64_t value) {
    if (value < 0) value = 0;
    int shift = value < SUB ? 0 : 63 - __builtin_clzll((uint64_t)value) - 6;
    size_t step = shift ? (size_t)(shift * (SUB / 2)) + (size_t)(value >> shift) : (size_t)value;
    if (step >= 40 * SUB) step = 40 * SUB - 1;
    histogram->steps[step]++;
    histogram->count++;
}

static double histogram_ms(const struct histogram *histogram, double share) {
    uint64_t wanted = (uint64_t)((double)histogram->count * share), passed = 0;
    for (size_t step = 0; step < 40 * SUB; step++) {
        passed += histogram->steps[step];
        if (passed <= wanted || !histogram->steps[step]) continue;
        if (step < SUB) return (double)step / 1000;
        int shift = (int)(step / (SUB / 2)) - 1;
        return ((double)(step - (size_t)shift * (SUB / 2)) + 0.5) * (double)(1LL << shift) / 1000;
    }
    return 0;
}

/* --- answers --------------------------------------------------------------------------------------------- */

static void fail(struct load *load, const char *what, const char *detail, size_t length) {
    if (load->errors++) return;
    snprintf(load->error, sizeof load->error, "%s%s%.*s", what, length ? ": " : "",
             (int)(length < ERROR_TEXT ? length : ERROR_TEXT), length ? detail : "");
    for (char *c = load->error; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c > '~' || *c == '"' || *c == '\\') *c = '\'';
}

static void count_marks(struct load *load, struct connection *connection, const char *data, size_t length, int64_t now) {
    const char *end = data + length;
    while (data < end && (data = memchr(data, '~', (size_t)(end - data))) && end - data >= MARK_LENGTH) {
        int number;
        int64_t age;
        if (!mark_read(data, &number, &age, now)) {
            data++;
            continue;
        }
        if (number != connection->seen) connection->disordered = true;
        if (connection->seen++ == 0) histogram_add(&load->first, now - connection->sent_us);
        histogram_add(&load->transit, age);
        load->chunks++;
        if (now <= load->deadline_us) load->window_chunks++;
        data += MARK_LENGTH;
    }
}

static void on_line(struct load *load, struct connection *connection, const char *line, size_t length, int64_t now) {
    if (length < 6 || memcmp(line, "data:", 5) != 0) return;
    bool delta = memmem(line, length, "output_text.delta", 17) || memmem(line, length, "chat.completion.chunk", 21);
    if (delta) {
        int before = connection->seen;
        count_marks(load, connection, line, length, now);
        if (connection->seen > before) load->frames++;
    }
    if (connection->seen == load->events && memmem(line, length, load->terminal, strlen(load->terminal)))
        connection->terminal = true;
}

static void on_body(struct load *load, struct connection *connection, const char *data, size_t length, int64_t now) {
    struct buffer *line = &connection->line;
    load->bytes += (long long)length;
    if (!load->stream || connection->status != 200) {
        if (line->length < LINE_LIMIT) buffer_append(line, data, length);
        return;
    }
    for (const char *end = data + length, *newline; data < end; data = newline + 1) {
        newline = memchr(data, '\n', (size_t)(end - data));
        if (!newline) {
            if (line->length < LINE_LIMIT) buffer_append(line, data, (size_t)(end - data));
            return;
        }
        if (line->length) {
            buffer_append(line, data, (size_t)(newline - data));
            on_line(load, connection, line->data, line->length, now);
            line->length = 0;
        } else {
            on_line(load, connection, data, (size_t)(newline - data), now);
        }
    }
}

static void check_answer(struct load *load, struct connection *connection) {
    char what[120];
    const struct buffer *body = &connection->line;
    if (connection->status != 200) {
        snprintf(what, sizeof what, "status %d", connection->status);
        fail(load, what, body->data, body->length);
    } else if (!load->stream) {
        if (!memmem(body->data, body->length, ANSWER_TEXT, sizeof ANSWER_TEXT - 1))
            fail(load, "the answer's text is missing", body->data, body->length);
    } else if (connection->seen != load->events || connection->disordered || !connection->terminal) {
        snprintf(what, sizeof what, "stream with %d of %d events%s%s", connection->seen, load->events,
                 connection->disordered ? ", out of order" : "", connection->terminal ? "" : ", no terminal event");
        fail(load, what, body->data, body->length);
    }
}

/* --- connections ----------------------------------------------------------------------------------------- */

static void watch(struct load *load, struct connection *connection, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.ptr = connection};
    epoll_ctl(load->epoll_fd, operation, connection->fd, &event);
}

static void open_connection(struct load *load, struct connection *connection) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0) {
        perror("load: cannot open a socket");
        exit(1);
    }
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    connection->phase = CONNECTING;
    connection->answers = 0;
    load->pending++;
    connect(connection->fd, (struct sockaddr *)&address, sizeof address);
    watch(load, connection, EPOLLOUT, EPOLL_CTL_ADD);
}

static void finish(struct load *load, struct connection *connection) {
    if (connection->phase == CONNECTING) load->pending--;
    if (connection->fd >= 0) close(connection->fd);
    connection->fd = -1;
    connection->phase = FINISHED;
    load->active--;
}

static void send_request(struct load *load, struct connection *connection) {
    const struct buffer *request = &load->request;
    while (connection->request_sent < request->length) {
        ssize_t sent = send(connection->fd, request->data + connection->request_sent,
                            request->length - connection->request_sent, MSG_NOSIGNAL);
        if (sent < 0) break;
        connection->request_sent += (size_t)sent;
    }
    bool whole = connection->request_sent == request->length;
    if (!whole || connection->answers == 0) watch(load, connection, EPOLLIN | (whole ? 0 : EPOLLOUT), EPOLL_CTL_MOD);
}

static void start_request(struct load *load, struct connection *connection) {
    connection->phase = HEAD;
    connection->head.length = connection->line.length = connection->request_sent = 0;
    connection->seen = connection->status = 0;
    connection->terminal = connection->disordered = false;
    connection->sent_us = now_us();
    send_request(load, connection);
}

static void next_request(struct load *load, struct connection *connection, bool reconnect) {
    if (load->stopping || now_us() >= load->deadline_us || (load->each && connection->tries >= load->each)) {
        finish(load, connection);
        return;
    }
    connection->tries++;
    if (!reconnect) {
        start_request(load, connection);
        return;
    }
    close(connection->fd);
    open_connection(load, connection);
}

static void answered(struct load *load, struct connection *connection) {
    int64_t now = now_us();
    long long errors = load->errors;
    check_answer(load, connection);
    if (load->errors == errors) {
        load->answers++;
        if (now <= load->deadline_us) load->window_answers++;
        histogram_add(&load->latency, now - connection->sent_us);
    }
    load->last_us = now;
    connection->answers++;
    next_request(load, connection, connection->close_after);
}

/* The peer closed or reset. A kept connection may be closed between two answers; anything else is an error. */
static void lost(struct load *load, struct connection *connection) {
    if (connection->phase == CONNECTING) {
        fail(load, "cannot connect", "", 0);
        finish(load, connection);
        return;
    }
    if (connection->phase == BODY && connection->left == -1) {
        connection->close_after = true;
        answered(load, connection);
        return;
    }
    if (connection->phase == HEAD && !connection->head.length && connection->answers > 0) {
        load->reconnects++;
        connection->tries--;
    } else if (connection->phase != IDLE) {
        fail(load, "the connection was closed in the middle of an answer", connection->line.data, connection->line.length);
    }
    next_request(load, connection, true);
}

static const char *header(const struct buffer *head, const char *name) {
    const char *found = strcasestr(head->data, name);
    return found ? found + strlen(name) : NULL;
}

/* Take the head's bytes; the count of bytes used, with the phase moved on when the head is whole. */
static size_t read_head(struct connection *connection, const char *data, size_t length) {
    struct buffer *head = &connection->head;
    size_t before = head->length;
    buffer_append(head, data, length);
    const char *end = memmem(head->data, head->length, "\r\n\r\n", 4);
    if (!end) return length;
    head->length = (size_t)(end + 4 - head->data);
    size_t used = head->length - before;
    buffer_reserve(head, 1);
    head->data[head->length] = 0;
    const char *value;
    connection->status = head->length > 12 ? atoi(head->data + 9) : 0;
    connection->chunked = (value = header(head, "\r\ntransfer-encoding:")) && strcasestr(value, "chunked");
    connection->left = -1;
    connection->chunk_state = 0;
    if (connection->chunked)
        connection->left = 0;
    else if ((value = header(head, "\r\ncontent-length:")))
        connection->left = atoll(value);
    value = header(head, "\r\nconnection:");
    connection->close_after = value && strncasecmp(value + strspn(value, " "), "close", 5) == 0;
    connection->phase = BODY;
    return used;
}

/* Undo the chunked encoding. True when the last chunk and its trailer have been read. */
static bool read_chunks(struct load *load, struct connection *connection, const char *data, size_t length, int64_t now) {
    for (const char *end = data + length; data < end;) {
        if (connection->chunk_state == 1) {
            size_t take = (size_t)(end - data) < (size_t)connection->left ? (size_t)(end - data) : (size_t)connection->left;
            on_body(load, connection, data, take, now);
            data += take;
            if ((connection->left -= (int64_t)take) == 0) connection->chunk_state = 2;
            continue;
        }
        char byte = *data++;
        if (connection->chunk_state == 0 && byte != '\n') {
            int digit = byte >= '0' && byte <= '9' ? byte - '0' : (byte | 32) >= 'a' && (byte | 32) <= 'f' ? (byte | 32) - 'a' + 10 : -1;
            if (digit >= 0) connection->left = connection->left * 16 + digit;
        } else if (connection->chunk_state == 0) {
            connection->chunk_state = connection->left ? 1 : 3;
        } else if (connection->chunk_state == 2 && byte == '\n') {
            connection->chunk_state = 0;
        } else if (connection->chunk_state == 3 && byte == '\n') {
            return true;
        }
    }
    return false;
}

static void on_readable(struct load *load, struct connection *connection) {
    static char data[256 * 1024];
    ssize_t got = recv(connection->fd, data, sizeof data, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        lost(load, connection);
        return;
    }
    int64_t now = now_us();
    size_t used = 0, length = (size_t)got;
    if (connection->phase == HEAD) used = read_head(connection, data, length);
    if (connection->phase != BODY) return;
    bool whole;
    if (connection->chunked) {
        whole = read_chunks(load, connection, data + used, length - used, now);
    } else {
        on_body(load, connection, data + used, length - used, now);
        if (connection->left >= 0) connection->left -= (int64_t)(length - used);
        whole = connection->left == 0;
    }
    if (whole) answered(load, connection);
}

static void on_event(struct load *load, struct connection *connection, uint32_t events) {
    if (connection->phase == FINISHED) return;
    if (connection->phase == CONNECTING) {
        if (events & (EPOLLERR | EPOLLHUP)) {
            lost(load, connection);
            return;
        }
        load->pending--;
        connection->phase = IDLE;
        if (load->start_us)
            start_request(load, connection);
        else
            watch(load, connection, EPOLLIN, EPOLL_CTL_MOD);
        return;
    }
    if (connection->phase == HEAD && connection->request_sent < load->request.length) send_request(load, connection);
    if (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) on_readable(load, connection);
}

static void turn(struct load *load) {
    struct epoll_event events[512];
    int count = epoll_wait(load->epoll_fd, events, 512, 100);
    for (int i = 0; i < count; i++) on_event(load, events[i].data.ptr, events[i].events);
}

static void run(struct load *load) {
    int64_t limit_us = now_us() + (int64_t)(load->limit * 1e6);
    load->deadline_us = INT64_MAX;
    while ((load->next_connect < load->connections || load->pending) && load->active && now_us() < limit_us) {
        while (load->next_connect < load->connections && load->pending < CONNECT_BATCH)
            open_connection(load, &load->table[load->next_connect++]);
        turn(load);
    }
    load->start_us = load->last_us = now_us();
    if (!load->each) load->deadline_us = load->start_us + (int64_t)(load->duration * 1e6);
    for (int i = 0; i < load->connections; i++) {
        if (load->table[i].phase != IDLE) continue;
        load->table[i].tries = 1;
        start_request(load, &load->table[i]);
    }
    while (load->active && now_us() < limit_us) {
        turn(load);
        if (load->errors >= ERROR_LIMIT) load->stopping = true;
    }
    for (int i = 0; i < load->connections; i++)
        if (load->table[i].phase != FINISHED) fail(load, "no whole answer before the time limit", "", 0);
}

static void report(const struct load *load) {
    int64_t end = load->last_us < load->deadline_us ? load->last_us : load->deadline_us;
    double elapsed = (double)(end - load->start_us) / 1e6;
    if (elapsed <= 0) elapsed = 1e-6;
    printf("{\"answers\":%lld,\"chunks\":%lld,\"frames\":%lld,\"bytes\":%lld,\"errors\":%lld,\"reconnects\":%lld,"
           "\"elapsed_s\":%.4f,\"answers_per_s\":%.2f,\"chunks_per_s\":%.2f,",
           load->answers, load->chunks, load->frames, load->bytes, load->errors, load->reconnects, elapsed,
           (double)load->window_answers / elapsed, (double)load->window_chunks / elapsed);
    printf("\"latency_p50_ms\":%.4f,\"latency_p99_ms\":%.4f,\"first_p50_ms\":%.4f,\"first_p99_ms\":%.4f,"
           "\"transit_p50_ms\":%.4f,\"transit_p99_ms\":%.4f,\"error\":\"%s\"}\n",
           histogram_ms(&load->latency, 0.5), histogram_ms(&load->latency, 0.99), histogram_ms(&load->first, 0.5),
           histogram_ms(&load->first, 0.99), histogram_ms(&load->transit, 0.5), histogram_ms(&load->transit, 0.99),
           load->error);
}

static void build_request(struct load *load, const char *body_path) {
    struct buffer body = {0};
    FILE *file = body_path ? fopen(body_path, "rb") : NULL;
    if (!file) {
        fprintf(stderr, "load: cannot read the body %s\n", body_path ? body_path : "(none given)");
        exit(2);
    }
    for (size_t got = 1; got; body.length += got) {
        buffer_reserve(&body, 65536);
        got = fread(body.data + body.length, 1, 65536, file);
    }
    fclose(file);
    buffer_print(&load->request,
                 "POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"
                 "Accept: %s\r\nUser-Agent: grok2api-bench\r\nContent-Length: %zu\r\n\r\n",
                 load->path, load->port, load->key, load->stream ? "text/event-stream" : "application/json", body.length);
    buffer_append(&load->request, body.data, body.length);
    buffer_free(&body);
}

static const char *read_options(struct load *load, int count, char **arguments) {
    static const struct option options[] = {
        {"port", 1, 0, 'p'},   {"path", 1, 0, 'P'}, {"body", 1, 0, 'b'},   {"key", 1, 0, 'k'},      {"connections", 1, 0, 'c'},
        {"duration", 1, 0, 'd'}, {"each", 1, 0, 'e'}, {"stream", 1, 0, 's'}, {"terminal", 1, 0, 't'}, {"limit", 1, 0, 'l'},
        {0}};
    const char *body = NULL;
    for (int option; (option = getopt_long(count, arguments, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': load->port = atoi(optarg); break;
        case 'P': load->path = optarg; break;
        case 'b': body = optarg; break;
        case 'k': load->key = optarg; break;
        case 'c': load->connections = atoi(optarg); break;
        case 'd': load->duration = atof(optarg); break;
        case 'e': load->each = atoi(optarg); break;
        case 's': load->events = atoi(optarg), load->stream = true; break;
        case 't': load->terminal = optarg; break;
        case 'l': load->limit = atof(optarg); break;
        default: exit(2);
        }
    }
    return body;
}

int main(int count, char **arguments) {
    static struct load load = {.connections = 1, .duration = 1, .limit = 120, .path = "/v1/responses", .key = "none",
                               .terminal = "[DONE]"};
    signal(SIGPIPE, SIG_IGN);
    build_request(&load, read_options(&load, count, arguments));
    load.table = calloc((size_t)load.connections, sizeof *load.table);
    load.active = load.connections;
    load.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (!load.table || load.epoll_fd < 0) abort();
    run(&load);
    report(&load);
    return load.errors ? 1 : 0;
}
