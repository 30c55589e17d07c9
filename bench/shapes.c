/* See shapes.h. Key order, bare uuid ids and the usage blocks follow what api.x.ai sends. */
#include "shapes.h"

#define FILLER "All work and no play makes a benchmark a dull thing to read from start to end. "
#define CHAT_FINGERPRINT "fp_b3nc4m4rk0"

static void append_filler(struct buffer *out, int size) {
    for (int left = size; left > 0; left -= (int)sizeof FILLER - 1)
        buffer_append(out, FILLER, left < (int)sizeof FILLER - 1 ? (size_t)left : sizeof FILLER - 1);
}

static void append_delta_text(struct answer *answer, int number) {
    char mark[MARK_LENGTH + 1];
    mark_write(mark, number, now_us());
    mark[MARK_LENGTH] = ' ';
    buffer_append(&answer->text, mark, sizeof mark);
    append_filler(&answer->text, answer->size);
}

static void open_event(const struct answer *answer, struct buffer *out, const char *type) {
    if (answer->event_lines) buffer_print(out, "event: %s\n", type);
    buffer_print(out, "data: {\"sequence_number\":%d,\"type\":\"%s\"", answer->step, type);
}

static void response_object(const struct answer *answer, struct buffer *out, bool done);
static void message_item(const struct answer *answer, struct buffer *out, bool done);

static void response_part(const struct answer *answer, struct buffer *out, bool done) {
    buffer_print(out, "{\"type\":\"output_text\",\"text\":\"");
    if (done) buffer_append(out, answer->text.data, answer->text.length);
    buffer_print(out, "\",\"logprobs\":[],\"annotations\":[]}");
}

static void message_item(const struct answer *answer, struct buffer *out, bool done) {
    buffer_print(out, "{\"content\":[");
    if (done) response_part(answer, out, true);
    buffer_print(out, "],\"id\":\"msg_%s\",\"role\":\"assistant\",\"type\":\"message\",\"status\":\"%s\"}", answer->id,
                 done ? "completed" : "in_progress");
}

static void response_object(const struct answer *answer, struct buffer *out, bool done) {
    buffer_print(out,
                 "{\"created_at\":%lld,\"id\":\"%s\",\"max_output_tokens\":null,\"model\":\"%s\",\"object\":\"response\","
                 "\"output\":[",
                 (long long)answer->created, answer->id, answer->model);
    if (done) message_item(answer, out, true);
    buffer_print(out, "],\"parallel_tool_calls\":true,\"previous_response_id\":null,"
                      "\"reasoning\":{\"effort\":null,\"summary\":null},\"temperature\":null,"
                      "\"text\":{\"format\":{\"type\":\"text\"}},\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":null,");
    if (done) {
        int output = answer->stream ? answer->events : 1 + answer->size / 4;
        buffer_print(out,
                     "\"usage\":{\"input_tokens\":64,\"input_tokens_details\":{\"cached_tokens\":32},\"output_tokens\":%d,"
                     "\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":%d,\"num_sources_used\":0,"
                     "\"num_server_side_tools_used\":0,\"cost_in_usd_ticks\":%d},",
                     output, 64 + output, 400000 + 25000 * output);
    }
    buffer_print(out, "\"user\":null,\"incomplete_details\":null,\"status\":\"%s\",\"store\":true,\"metadata\":{}}",
                 done ? "completed" : "in_progress");
}

static void response_delta(struct answer *answer, struct buffer *out, int number) {
    size_t start = answer->text.length;
    open_event(answer, out, "response.output_text.delta");
    buffer_print(out, ",\"content_index\":0,\"delta\":\"");
    append_delta_text(answer, number);
    buffer_append(out, answer->text.data + start, answer->text.length - start);
    buffer_print(out, "\",\"item_id\":\"msg_%s\",\"output_index\":0,\"logprobs\":[]}\n\n", answer->id);
}

static void response_opening(const struct answer *answer, struct buffer *out) {
    static const char *types[] = {"response.created", "response.in_progress", "response.output_item.added",
                                  "response.content_part.added"};
    open_event(answer, out, types[answer->step]);
    if (answer->step < 2) {
        buffer_print(out, ",\"response\":");
        response_object(answer, out, false);
    } else if (answer->step == 2) {
        buffer_print(out, ",\"item\":");
        message_item(answer, out, false);
        buffer_print(out, ",\"output_index\":0");
    } else {
        buffer_print(out, ",\"content_index\":0,\"item_id\":\"msg_%s\",\"output_index\":0,\"part\":", answer->id);
        response_part(answer, out, false);
    }
    buffer_print(out, "}\n\n");
}

/* The four events after the last delta (each but [DONE] repeats the text), then [DONE]: true at the end. */
static bool response_closing(const struct answer *answer, struct buffer *out, int place) {
    static const char *types[] = {"response.output_text.done", "response.content_part.done", "response.output_item.done",
                                  "response.completed"};
    if (place == 4) {
        buffer_print(out, "data: [DONE]\n\n");
        return true;
    }
    open_event(answer, out, types[place]);
    if (place < 2) buffer_print(out, ",\"content_index\":0,\"item_id\":\"msg_%s\",\"output_index\":0", answer->id);
    if (place == 0) {
        buffer_print(out, ",\"text\":\"");
        buffer_append(out, answer->text.data, answer->text.length);
        buffer_print(out, "\"");
    } else if (place == 1) {
        buffer_print(out, ",\"part\":");
        response_part(answer, out, true);
    } else if (place == 2) {
        buffer_print(out, ",\"item\":");
        message_item(answer, out, true);
        buffer_print(out, ",\"output_index\":0");
    } else {
        buffer_print(out, ",\"response\":");
        response_object(answer, out, true);
    }
    buffer_print(out, "}\n\n");
    return false;
}

static void chat_open(const struct answer *answer, struct buffer *out, bool chunk) {
    buffer_print(out, "{\"id\":\"%s\",\"object\":\"chat.completion%s\",\"created\":%lld,\"model\":\"%s\",\"choices\":",
                 answer->id, chunk ? ".chunk" : "", (long long)answer->created, answer->model);
}

static void chat_close(const struct answer *answer, struct buffer *out, bool usage) {
    if (usage) {
        int output = answer->stream ? answer->events : 1 + answer->size / 4;
        buffer_print(out,
                     ",\"usage\":{\"prompt_tokens\":64,\"completion_tokens\":%d,\"total_tokens\":%d,"
                     "\"prompt_tokens_details\":{\"text_tokens\":64,\"audio_tokens\":0,\"image_tokens\":0,"
                     "\"cached_tokens\":32},\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,"
                     "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0},\"num_sources_used\":0,"
                     "\"cost_in_usd_ticks\":%d}",
                     output, 64 + output, 400000 + 25000 * output);
    }
    buffer_print(out, ",\"system_fingerprint\":\"%s\"}", CHAT_FINGERPRINT);
}

static void chat_delta(struct answer *answer, struct buffer *out, int number) {
    size_t start = answer->text.length;
    buffer_print(out, "data: ");
    chat_open(answer, out, true);
    buffer_print(out, "[{\"index\":0,\"delta\":{\"content\":\"");
    append_delta_text(answer, number);
    buffer_append(out, answer->text.data + start, answer->text.length - start);
    buffer_print(out, "\"%s}}]", number == 0 ? ",\"role\":\"assistant\"" : "");
    chat_close(answer, out, false);
    buffer_print(out, "\n\n");
}

static bool chat_closing(const struct answer *answer, struct buffer *out, int place) {
    if (place == 2) {
        buffer_print(out, "data: [DONE]\n\n");
        return true;
    }
    buffer_print(out, "data: ");
    chat_open(answer, out, true);
    buffer_print(out, place == 0 ? "[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]" : "[]");
    chat_close(answer, out, place == 1);
    buffer_print(out, "\n\n");
    return false;
}

int shape_opening(const struct answer *answer) { return answer->surface == SURFACE_RESPONSES ? 4 : 0; }

bool shape_event(struct answer *answer, struct buffer *out, bool *is_delta) {
    int opening = shape_opening(answer), number = answer->step - opening;
    bool last = false, chat = answer->surface == SURFACE_CHAT;
    *is_delta = number >= 0 && number < answer->events;
    if (number < 0)
        response_opening(answer, out);
    else if (*is_delta)
        (chat ? chat_delta : response_delta)(answer, out, number);
    else
        last = (chat ? chat_closing : response_closing)(answer, out, number - answer->events);
    answer->step++;
    return last;
}

void shape_json(struct answer *answer, struct buffer *out) {
    buffer_append(&answer->text, ANSWER_TEXT, sizeof ANSWER_TEXT - 1);
    append_filler(&answer->text, answer->size);
    if (answer->surface == SURFACE_RESPONSES) {
        response_object(answer, out, true);
        return;
    }
    chat_open(answer, out, false);
    buffer_print(out, "[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"");
    buffer_append(out, answer->text.data, answer->text.length);
    buffer_print(out, "\",\"refusal\":null},\"finish_reason\":\"stop\"}]");
    chat_close(answer, out, true);
}

static void model_entry(struct buffer *out, const char *id) {
    bool reasoning = strstr(id, "4.20") == NULL;
    buffer_print(out,
                 "{\"id\":\"%s\",\"object\":\"model\",\"created\":1777507200,\"owned_by\":\"xai\",\"aliases\":[],"
                 "\"context_length\":1000000,%s\"prompt_text_token_price\":12500,"
                 "\"cached_prompt_text_token_price\":2000,\"completion_text_token_price\":25000}",
                 id,
                 reasoning ? "\"capabilities\":{\"reasoning_effort\":[\"none\",\"low\",\"medium\",\"high\"],"
                             "\"default_reasoning_effort\":\"low\"},"
                           : "");
}

static bool lookup_model(const char *path, struct buffer *out) {
    static const char *ids[] = {"grok-4.7", "grok-4.6", "grok-4.5", "grok-4.3", "grok-4.20-0309-reasoning",
                                "grok-4.20-0309-non-reasoning"};
    const char *wanted = strncmp(path, "/v1/models/", 11) == 0 ? path + 11 : NULL;
    if (!wanted) buffer_print(out, "{\"object\":\"list\",\"data\":[");
    bool found = wanted == NULL;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (wanted && strcmp(wanted, ids[i]) != 0) continue;
        if (!wanted && i) buffer_print(out, ",");
        model_entry(out, ids[i]);
        found = true;
    }
    if (!wanted) buffer_print(out, "]}");
    return found;
}

bool shape_lookup(const char *path, struct buffer *out) {
    static const char *team = "\"user_id\":\"5d9cb39c-55dd-4b0f-9d64-2a1e4e4a2f52\","
                              "\"team_id\":\"c6b4d3e2-7a7b-49f4-8f4e-6a6d0f6a7a11\",";
    if (strncmp(path, "/v1/models", 10) == 0) return lookup_model(path, out);
    if (strcmp(path, "/v1/api-key") == 0) {
        buffer_print(out,
                     "{\"redacted_api_key\":\"xai-...-key\",%s\"name\":\"bench\",\"create_time\":\"2026-10-01T00:00:00Z\","
                     "\"modify_time\":\"2026-10-01T00:00:00Z\",\"modified_by\":\"5d9cb39c-55dd-4b0f-9d64-2a1e4e4a2f52\","
                     "\"acls\":[\"api-key:model:*\",\"api-key:endpoint:*\"],"
                     "\"api_key_id\":\"0b7f3c1e-6f2b-4e57-8d0e-3c5b9a0d1f22\","
                     "\"team_blocked\":false,\"api_key_blocked\":false,\"api_key_disabled\":false}",
                     team);
        return true;
    }
    if (strcmp(path, "/v1/me") == 0) {
        buffer_print(out,
                     "{%s\"zdr_status\":\"no_zdr\",\"team_blocked\":false,\"api_key\":{\"redacted_api_key\":\"xai-...-key\","
                     "\"api_key_id\":\"0b7f3c1e-6f2b-4e57-8d0e-3c5b9a0d1f22\",\"blocked\":false,\"disabled\":false}}",
                     team);
        return true;
    }
    if (strstr(path, "-models") && strncmp(path, "/v1/", 4) == 0) {
        buffer_print(out, "{\"models\":[]}");
        return true;
    }
    return false;
}
