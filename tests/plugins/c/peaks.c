/* org.example.peaks: the greatest magnitude of each channel in each stretch of samples, as metrics.
 *
 * A stage in C that puts out records: a table in Arrow's column layout, in one buffer of the host. */
#include "auricle.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME, VALUE, UNIT, SCOPE, COLUMNS };
enum { MOST_CHANNELS = 256, SCOPE_BYTES = 80 };

typedef struct peaks {
  const aur_host *host;
  uint32_t channels;
  int64_t window, at;                 /* samples of a stretch; sample frames seen */
  int64_t row, first;                 /* the row that comes next; the first that is wanted */
  float peak[MOST_CHANNELS];
  aur_format format;
  const aur_format *outputs[1];
  aur_column columns[COLUMNS];
  const aur_column *column_pointers[COLUMNS];
  const char *message, *param;
} peaks;

static aur_status refuse(peaks *self, aur_status status, const char *message, const char *param) {
  self->message = message;
  self->param = param;
  return status;
}

static aur_status negotiate(void *this, const aur_setup *setup, const aur_format *const **outputs, uint32_t *n) {
  static const struct { aur_str name; uint32_t type; } METRICS[COLUMNS] = {
    { AUR_STR("name"), AUR_COL_STRING }, { AUR_STR("value"), AUR_COL_FLOAT },
    { AUR_STR("unit"), AUR_COL_STRING }, { AUR_STR("scope"), AUR_COL_STRING } };
  peaks *self = this;
  const aur_format *in = setup->inputs[0]->format;
  if (in->kind != AUR_AUDIO || in->dtype_code != AUR_DT_FLOAT || in->dtype_bits != 32 || in->channels > MOST_CHANNELS)
    return refuse(self, AUR_E_FORMAT, "expected audio of float32 with at most 256 channels", "");
  self->window = setup->params[0].value.u.i;   /* the only parameter, an integer in the range of the manifest */
  if (self->window < 1) return refuse(self, AUR_E_PARAMETER, "expected at least 1", "window");
  self->channels = in->channels;
  for (int k = 0; k < COLUMNS; k++) {
    aur_column column = { sizeof column, METRICS[k].type, METRICS[k].name, { "", 0 } };
    self->columns[k] = column;
    self->column_pointers[k] = &self->columns[k];
  }
  aur_format format = { .size = sizeof format, .kind = AUR_RECORDS, .tick_num = 1, .tick_den = 1, .length = -1,
                        .layout = AUR_STR("row"), .schema = AUR_STR("auricle.metrics/1"),
                        .columns = self->column_pointers, .n_columns = COLUMNS };
  if (in->length >= 0) format.length = (in->length + self->window - 1) / self->window * in->channels;
  self->format = format;
  self->outputs[0] = &self->format;
  *outputs = self->outputs;
  *n = 1;
  return AUR_OK;
}

static aur_status begin(void *this, uint32_t output, aur_span span) {
  peaks *self = this;
  (void)output;
  self->at = self->row = 0, self->first = span.start;
  memset(self->peak, 0, sizeof self->peak);
  return AUR_OK;
}

static uint64_t eight(uint64_t bytes) { return (bytes + 7) / 8 * 8; }

/* Sends one row a channel for the stretch that ends here. */
static aur_status row(peaks *self, const aur_sink *sink) {
  uint32_t rows = self->channels;
  int64_t start = (self->at - 1) / self->window * self->window;
  uint64_t offsets = eight((rows + 1) * sizeof(int32_t)), bitmap = eight((rows + 7) / 8);
  aur_column_data table[COLUMNS] = { { 0 } };
  uint64_t end = sizeof table;
  for (int k = 0; k < COLUMNS; k++) {
    if (k == UNIT) table[k].validity = end, end += bitmap;
    if (k != VALUE) table[k].offsets = end, end += offsets;
    table[k].data = end;
    end += k == VALUE ? rows * sizeof(double) : k == NAME ? eight(rows * 4) : k == SCOPE ? rows * SCOPE_BYTES : 0;
  }
  aur_packet out = { .size = sizeof out, .start = self->row, .count = rows, .stride = end };
  self->row += rows;
  aur_status status = self->host->buf_new(self->host->ctx, end, &out.buf);
  if (status < 0) return refuse(self, status, "the host refused a buffer", "");
  uint8_t *bytes = out.buf->data;
  memset(bytes, 0, end);              /* no unit is valid, and every offset is 0 until it is written */
  memcpy(bytes, table, sizeof table);
  double *value = (void *)(bytes + table[VALUE].data);
  int32_t *name = (void *)(bytes + table[NAME].offsets), *scope = (void *)(bytes + table[SCOPE].offsets);
  for (uint32_t k = 0; k < rows; k++) {
    char *text = (char *)bytes + table[SCOPE].data + scope[k];
    value[k] = (double)self->peak[k];
    memcpy(bytes + table[NAME].data + name[k], "peak", 4);
    name[k + 1] = name[k] + 4;
    scope[k + 1] = scope[k] + snprintf(text, SCOPE_BYTES, "channel %u, samples %lld to %lld", k, (long long)start,
                                       (long long)self->at);
  }
  memset(self->peak, 0, sizeof self->peak);
  if (out.start < self->first) return out.buf->release(out.buf->owner), AUR_OK;
  status = sink->emit(sink->ctx, &out);
  return status < 0 ? refuse(self, status, "the host refused a packet", "") : AUR_OK;
}

static aur_status process(void *this, const aur_packet *packet, const aur_sink *sink) {
  peaks *self = this;
  for (int64_t from = 0, to; packet && from < packet->count; from = to) {
    int64_t rest = self->window - self->at % self->window;
    to = packet->count - from < rest ? packet->count : from + rest;
    for (uint32_t channel = 0; channel < self->channels; channel++) {
      const float *x = (const void *)(packet->buf->data + packet->offset + channel * packet->stride);
      for (int64_t k = from; k < to; k++) self->peak[channel] = fmaxf(self->peak[channel], fabsf(x[k]));
    }
    self->at += to - from;
    if (self->at % self->window == 0) {
      aur_status status = row(self, sink);
      if (status < 0) return status;
    }
  }
  return AUR_OK;
}

static aur_status finish(void *this, const aur_sink *sink) {
  peaks *self = this;
  if (self->at % self->window == 0) return AUR_DONE;
  aur_status status = row(self, sink);
  return status < 0 ? status : AUR_DONE;
}

static aur_status last_error(void *this, aur_error *error) {
  peaks *self = this;
  error->message.ptr = self->message, error->message.len = strlen(self->message);
  error->param.ptr = self->param, error->param.len = strlen(self->param);
  return AUR_OK;
}

static const aur_stage_vt PEAKS = { .size = sizeof PEAKS, .negotiate = negotiate, .begin = begin, .process = process,
                                    .finish = finish, .last_error = last_error, .destroy = free };

static aur_status create(const aur_host *host, aur_str id, aur_stage *out) {
  const aur_str mine = AUR_STR("org.example.peaks");
  if (id.len != mine.len || memcmp(id.ptr, mine.ptr, id.len)) return AUR_E_UNSUPPORTED;
  peaks *self = calloc(1, sizeof *self);
  if (!self) return AUR_E_MEMORY;
  self->host = host;
  self->message = self->param = "";
  out->vt = &PEAKS;
  out->self = self;
  return AUR_OK;
}

AUR_PLUGIN(create, AUR_JSON({
  "auricle": 1,
  "plugin": { "name": "peaks-in-c", "version": "1.0.0", "license": "MIT OR Apache-2.0", "description": "Records in C" },
  "stages": [{
    "id": "org.example.peaks",
    "summary": "Peaks of stretches of samples",
    "doc": "One row for each stretch and channel, in that order; the last stretch may be shorter. NaN is passed over.",
    "source": "",
    "result_version": 1,
    "locality": "whole_input",
    "inputs": [{ "name": "audio", "kinds": ["audio"], "dtypes": ["float32"] }],
    "outputs": [{ "name": "peaks", "kinds": ["records"] }],
    "parameters": [{ "id": "window", "types": ["int"], "default": 1000, "min": 1.0, "max": 16777216.0,
                     "unit": "samples", "doc": "Length of a stretch." }]
  }]
}))
