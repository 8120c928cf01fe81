/* Every sin that C can commit against a host and that a host can survive: one stage each, all of them in one library.
 *
 * A stage passes its audio on, but for the sin that its id names. */
#include "auricle.h"
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Stages that put out audio, then those that put out a table. */
#define AUDIO_SINS(X) X(create_refuses) X(create_without_functions) X(create_without_process) X(create_returns_7) \
  X(negotiate_returns_again) X(negotiate_gives_two) X(negotiate_gives_null) X(negotiate_gives_a_null) \
  X(negotiate_gives_thousands) X(negotiates_kind_99) X(negotiates_dtype_99) X(negotiates_no_channels) \
  X(negotiates_a_huge_tensor) X(negotiates_a_source) X(negotiates_four_billion_axes) X(negotiates_no_clock) \
  X(begin_returns_done) X(process_returns_77) X(process_returns_minus_99) X(process_fails_in_words_that_are_no_text) \
  X(process_fails_without_words) X(process_claims_to_be_cancelled) X(finish_returns_77) X(always_again) \
  X(finish_always_again) X(wants_input_1000) X(emits_to_port_5) X(emits_a_negative_count) X(emits_more_than_it_has) \
  X(emits_from_nothing) X(emits_odd_strides) X(emits_with_a_gap) X(emits_at_the_end_of_time) X(ignores_refusals) \
  X(emits_after_the_call) X(emits_from_a_thread) X(emits_null) X(asks_for_all_memory)
#define TABLE_SINS(X) X(a_string_leads_outside) X(an_offset_is_negative) X(a_text_is_no_text) X(a_table_has_no_columns)

#define NAME(name) name,
#define TEXT(name) #name,
enum { good, AUDIO_SINS(NAME) AUDIO, TABLE_SINS(NAME) ALL };
static const char *const NAMES[] = { "good", AUDIO_SINS(TEXT) "", TABLE_SINS(TEXT) };

typedef struct sinner {
  int sin;
  const aur_host *host;
  aur_format format, second;
  const aur_format *outputs[2];
  aur_axis axes[2];
  const aur_axis *axis_pointers[2];
  aur_column column;
  const aur_column *columns[1];
  const aur_sink *kept;
  aur_str message;
} sinner;

static void tensor(sinner *self) {
  aur_format *f = &self->format;
  f->kind = AUR_TENSOR, f->n_axes = 2, f->axes = self->axis_pointers;
  for (int k = 0; k < 2; k++) {
    aur_axis axis = { .size = sizeof axis, .role = AUR_AXIS_FREQUENCY, .length = INT64_MAX / 3 };
    self->axes[k] = axis;
    self->axis_pointers[k] = &self->axes[k];
  }
}

static aur_status negotiate(void *this, const aur_setup *setup, const aur_format *const **outputs, uint32_t *n) {
  sinner *self = this;
  const aur_format *in = setup->inputs[0]->format;
  aur_format format = { .size = sizeof format, .kind = AUR_AUDIO, .dtype_code = AUR_DT_FLOAT, .dtype_bits = 32,
                        .dtype_lanes = 1, .tick_num = 1, .tick_den = in->tick_den, .step = 1, .length = in->length,
                        .channels = in->channels, .layout = AUR_STR("sample") };
  self->format = self->second = format;
  self->outputs[0] = &self->format, self->outputs[1] = &self->second;
  *outputs = self->outputs, *n = 1;
  switch (self->sin) {
  case negotiate_returns_again: return AUR_AGAIN;
  case negotiate_gives_two: *n = 2; break;
  case negotiate_gives_null: *outputs = NULL; break;
  case negotiate_gives_a_null: self->outputs[0] = NULL; break;
  case negotiate_gives_thousands: *n = 5000; break;
  case negotiates_kind_99: self->format.kind = 99; break;
  case negotiates_dtype_99: self->format.dtype_code = 99; break;
  case negotiates_no_channels: self->format.channels = 0; break;
  case negotiates_a_huge_tensor: tensor(self); break;
  case negotiates_a_source: self->format.kind = AUR_SOURCE; break;
  case negotiates_four_billion_axes: tensor(self), self->format.n_axes = UINT32_MAX; break;
  case negotiates_no_clock: self->format.tick_den = 0; break;
  case a_string_leads_outside: case an_offset_is_negative: case a_text_is_no_text: case a_table_has_no_columns:
    self->format.kind = AUR_RECORDS, self->format.length = -1, self->format.tick_den = 1, self->format.step = 0;
    self->column.size = sizeof self->column, self->column.type = AUR_COL_STRING;
    self->column.name.ptr = "text", self->column.name.len = 4;
    self->columns[0] = &self->column;
    self->format.columns = self->columns, self->format.n_columns = 1;
    self->format.schema.ptr = "org.example.text/1", self->format.schema.len = 18;
  }
  return AUR_OK;
}

static aur_status need(void *this, uint32_t output, aur_span span, aur_span *spans) {
  (void)this, (void)output;
  spans[0] = span;
  return AUR_OK;
}

static aur_status begin(void *this, uint32_t output, aur_span span) {
  sinner *self = this;
  (void)output, (void)span;
  return self->sin == begin_returns_done ? AUR_DONE : AUR_OK;
}

static aur_status fail(sinner *self, aur_status status, const char *message) {
  self->message.ptr = message, self->message.len = strlen(message);
  return status;
}

static aur_status table(sinner *self, const aur_sink *sink) {
  struct { aur_column_data text; int32_t offsets[4]; char data[8]; } rows = { { 0, 24, 40 }, { 0, 2, 4, 0 }, "abcd" };
  switch (self->sin) {
  case a_string_leads_outside: rows.offsets[2] = 1 << 20; break;
  case an_offset_is_negative: rows.offsets[1] = -7; break;
  case a_text_is_no_text: rows.data[1] = (char)0xff; break;
  }
  aur_packet out = { .size = sizeof out, .count = 2, .stride = self->sin == a_table_has_no_columns ? 8 : sizeof rows };
  if (self->host->buf_new(self->host->ctx, sizeof rows, &out.buf) < 0) return AUR_E_MEMORY;
  memcpy(out.buf->data, &rows, sizeof rows);
  return sink->emit(sink->ctx, &out);
}

static void *elsewhere(void *this) {
  sinner *self = this;
  aur_packet out = { .size = sizeof out };
  self->kept->emit(self->kept->ctx, &out);
  return NULL;
}

static aur_status process(void *this, const aur_packet *packet, const aur_sink *sink) {
  sinner *self = this;
  pthread_t thread;
  if (packet ? packet->port != 0 : self->sin != always_again) return AUR_OK;
  switch (self->sin) {
  case process_returns_77: return 77;
  case process_returns_minus_99: return -99;
  case process_fails_in_words_that_are_no_text: return fail(self, AUR_E_DATA, "half a \xc3");
  case process_fails_without_words: return fail(self, AUR_E_DATA, "");
  case process_claims_to_be_cancelled: return fail(self, AUR_E_CANCELLED, "enough");
  case always_again: return AUR_AGAIN;
  case emits_null: return sink->emit(sink->ctx, NULL);
  }
  if (self->sin > AUDIO) return packet->start == 0 ? table(self, sink) : AUR_OK;
  if (packet->count == 0) return AUR_OK;
  uint64_t plane = (uint64_t)packet->count * sizeof(float), bytes = plane * self->format.channels;
  aur_packet out = { .size = sizeof out, .start = packet->start, .count = packet->count, .stride = plane };
  if (self->sin == asks_for_all_memory && self->host->buf_new(self->host->ctx, UINT64_MAX, &out.buf) < 0)
    return fail(self, AUR_E_MEMORY, "no room for everything");
  if (self->host->buf_new(self->host->ctx, bytes, &out.buf) < 0) return fail(self, AUR_E_MEMORY, "no buffer");
  for (uint32_t channel = 0; channel < self->format.channels; channel++)
    memcpy(out.buf->data + channel * plane, packet->buf->data + packet->offset + channel * packet->stride, plane);
  switch (self->sin) {
  case emits_to_port_5: out.port = 5; break;
  case emits_a_negative_count: out.count = -1; break;
  case emits_more_than_it_has: out.count = 1 << 24; break;
  case emits_from_nothing: out.buf->release(out.buf->owner), out.buf = NULL; break;
  case emits_odd_strides: out.offset = 1, out.count -= 1; break;
  case emits_with_a_gap: out.start += 1; break;
  case emits_at_the_end_of_time: out.start = INT64_MAX; break;
  case ignores_refusals: out.port = 5; break;
  case emits_after_the_call: self->kept = sink; break;
  case emits_from_a_thread:
    self->kept = sink;
    if (pthread_create(&thread, NULL, elsewhere, self) == 0) pthread_join(thread, NULL);
    break;
  }
  aur_status status = sink->emit(sink->ctx, &out);
  return self->sin == ignores_refusals ? AUR_OK : status < 0 ? fail(self, status, "refused") : AUR_OK;
}

static aur_status finish(void *this, const aur_sink *sink) {
  sinner *self = this;
  (void)sink;
  return self->sin == finish_returns_77 ? 77 : self->sin == finish_always_again ? AUR_AGAIN : AUR_DONE;
}

static uint32_t wants(void *this) {
  sinner *self = this;
  if (self->sin == emits_after_the_call && self->kept) elsewhere(self);
  return self->sin == wants_input_1000 ? 1000 : AUR_ANY_INPUT;
}

static aur_status last_error(void *this, aur_error *error) {
  sinner *self = this;
  error->message = self->message;
  return AUR_OK;
}

static const aur_stage_vt SINNER = { .size = sizeof SINNER, .negotiate = negotiate, .need = need, .begin = begin,
                                     .process = process, .finish = finish, .wants = wants, .last_error = last_error,
                                     .destroy = free };
static const aur_stage_vt LAME = { .size = sizeof LAME, .negotiate = negotiate, .begin = begin, .destroy = free };

static aur_status create(const aur_host *host, aur_str id, aur_stage *out) {
  const char prefix[] = "org.example.sins.";
  size_t skip = sizeof prefix - 1;
  for (int sin = 0; sin < ALL && id.len > skip; sin++) {
    if (id.len - skip != strlen(NAMES[sin]) || memcmp(id.ptr + skip, NAMES[sin], id.len - skip)) continue;
    if (sin == create_refuses || sin == create_without_functions) return sin == create_refuses ? AUR_E_UNSUPPORTED : AUR_OK;
    sinner *self = calloc(1, sizeof *self);
    if (!self) return AUR_E_MEMORY;
    self->sin = sin;
    self->host = host;
    out->vt = sin == create_without_process ? &LAME : &SINNER;
    out->self = self;
    return sin == create_returns_7 ? 7 : AUR_OK;
  }
  return AUR_E_UNSUPPORTED;
}

/* Adjacent literals are one: each stage brings its own, with a comma before all but the first. */
#define STAGE(id, kind) AUR_JSON({ "id": ) "\"org.example.sins." #id "\"" \
  AUR_JSON(, "result_version": 1, "locality": "pointwise", "parameters": [], \
    "inputs": [{ "name": "audio", "kinds": ["audio"], "dtypes": ["float32"], "many": true }], \
    "outputs": [{ "name": "out", "kinds": ) "[\"" kind "\"] }] }"
#define LATER_AUDIO(id) "," STAGE(id, "audio")
#define LATER_TABLE(id) "," STAGE(id, "records")

AUR_PLUGIN(create,
  "{ \"auricle\": 1, \"plugin\": { \"name\": \"sins\", \"version\": \"1.0.0\" }, \"stages\": ["
  STAGE(good, "audio") AUDIO_SINS(LATER_AUDIO) TABLE_SINS(LATER_TABLE) "] }")
