/* org.example.difference: one audio minus another, sample by sample.
 *
 * A stage of two inputs in C. Its inputs come in packets of any size and in any order, so each waits in a lane of its
 * own until the other has come as far. */
#include "auricle.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct lane {
  float *samples;                     /* sample frames that wait, one after another, each of all channels */
  size_t count, room;
  int ended;
} lane;

typedef struct difference {
  const aur_host *host;
  lane lanes[2];
  int64_t next;                       /* the sample frame that leaves next */
  aur_format format;
  const aur_format *outputs[1];
  char layout[64], message[160];
} difference;

static aur_status refuse(difference *self, aur_status status, const char *message) {
  snprintf(self->message, sizeof self->message, "%s", message);
  return status;
}

static aur_status negotiate(void *this, const aur_setup *setup, const aur_format *const **outputs, uint32_t *n) {
  difference *self = this;
  const aur_format *a = setup->inputs[0]->format, *b = setup->inputs[1]->format;
  for (uint32_t k = 0; k < 2; k++) {
    const aur_format *in = setup->inputs[k]->format;
    if (in->kind != AUR_AUDIO || in->dtype_code != AUR_DT_FLOAT || in->dtype_bits != 32)
      return refuse(self, AUR_E_FORMAT, "expected audio of float32");
  }
  if (a->channels != b->channels || a->tick_den != b->tick_den) {
    snprintf(self->message, sizeof self->message, "expected %u channels at %lld Hz as in the first input, got %u at %lld",
             a->channels, (long long)a->tick_den, b->channels, (long long)b->tick_den);
    return AUR_E_FORMAT;
  }
  int64_t shorter = a->length < b->length ? a->length : b->length;
  size_t layout = a->layout.len < sizeof self->layout ? a->layout.len : sizeof self->layout;
  memcpy(self->layout, a->layout.ptr, layout);
  aur_format format = { .size = sizeof format, .kind = AUR_AUDIO, .dtype_code = AUR_DT_FLOAT, .dtype_bits = 32,
                        .dtype_lanes = 1, .tick_num = 1, .tick_den = a->tick_den, .origin = a->origin, .step = a->step,
                        .length = shorter, .channels = a->channels, .layout = { self->layout, layout } };
  self->format = format;
  self->outputs[0] = &self->format;
  *outputs = self->outputs;
  *n = 1;
  return AUR_OK;
}

static aur_status need(void *this, uint32_t output, aur_span span, aur_span *spans) {
  (void)this, (void)output;
  spans[0] = spans[1] = span;
  return AUR_OK;
}

static aur_status begin(void *this, uint32_t output, aur_span span) {
  difference *self = this;
  (void)output;
  self->next = span.start;
  for (int k = 0; k < 2; k++) self->lanes[k].count = 0, self->lanes[k].ended = 0;
  return AUR_OK;
}

static int append(lane *lane, const aur_packet *packet, uint32_t channels) {
  size_t count = (size_t)packet->count, width = channels * sizeof(float);
  if (lane->count + count > lane->room) {
    size_t room = 2 * (lane->count + count);
    float *grown = realloc(lane->samples, room * width);
    if (!grown) return 0;
    lane->samples = grown, lane->room = room;
  }
  for (uint32_t channel = 0; channel < channels; channel++) {
    const float *x = (const void *)(packet->buf->data + packet->offset + channel * packet->stride);
    for (size_t k = 0; k < count; k++) lane->samples[(lane->count + k) * channels + channel] = x[k];
  }
  lane->count += count;
  return 1;
}

static void drop(lane *lane, size_t count, uint32_t channels) {
  lane->count -= count;
  memmove(lane->samples, lane->samples + count * channels, lane->count * channels * sizeof(float));
}

static aur_status process(void *this, const aur_packet *packet, const aur_sink *sink) {
  difference *self = this;
  uint32_t channels = self->format.channels;
  lane *a = &self->lanes[0], *b = &self->lanes[1];
  if (!packet) return AUR_OK;
  lane *lane = &self->lanes[packet->port];
  if (packet->count > 0 && !append(lane, packet, channels)) return refuse(self, AUR_E_MEMORY, "no memory for samples");
  if (packet->flags & AUR_END) lane->ended = 1;
  size_t count = a->count < b->count ? a->count : b->count;
  if (count > 0) {
    uint64_t plane = count * sizeof(float);
    aur_packet out = { .size = sizeof out, .start = self->next, .count = (int64_t)count, .stride = plane };
    aur_status status = self->host->buf_new(self->host->ctx, plane * channels, &out.buf);
    if (status < 0) return refuse(self, status, "the host refused a buffer");
    for (uint32_t channel = 0; channel < channels; channel++) {
      float *y = (void *)(out.buf->data + channel * plane);
      for (size_t k = 0; k < count; k++)
        y[k] = a->samples[k * channels + channel] - b->samples[k * channels + channel];
    }
    status = sink->emit(sink->ctx, &out);
    if (status < 0) return refuse(self, status, "the host refused a packet");
    drop(a, count, channels), drop(b, count, channels);
    self->next += (int64_t)count;
  }
  /* Where the shorter one has ended, nothing more can come. */
  return (a->ended && a->count == 0) || (b->ended && b->count == 0) ? AUR_DONE : AUR_OK;
}

static aur_status finish(void *this, const aur_sink *sink) {
  (void)this, (void)sink;
  return AUR_DONE;
}

static uint32_t wants(void *this) {
  difference *self = this;
  const lane *a = &self->lanes[0], *b = &self->lanes[1];
  return a->count < b->count ? 0 : b->count < a->count ? 1 : AUR_ANY_INPUT;
}

static aur_status last_error(void *this, aur_error *error) {
  difference *self = this;
  error->message.ptr = self->message, error->message.len = strlen(self->message);
  return AUR_OK;
}

static void destroy(void *this) {
  difference *self = this;
  free(self->lanes[0].samples);
  free(self->lanes[1].samples);
  free(self);
}

static const aur_stage_vt DIFFERENCE = { .size = sizeof DIFFERENCE, .negotiate = negotiate, .need = need,
                                         .begin = begin, .process = process, .finish = finish, .wants = wants,
                                         .last_error = last_error, .destroy = destroy };

static aur_status create(const aur_host *host, aur_str id, aur_stage *out) {
  const aur_str mine = AUR_STR("org.example.difference");
  if (id.len != mine.len || memcmp(id.ptr, mine.ptr, id.len)) return AUR_E_UNSUPPORTED;
  difference *self = calloc(1, sizeof *self);
  if (!self) return AUR_E_MEMORY;
  self->host = host;
  out->vt = &DIFFERENCE;
  out->self = self;
  return AUR_OK;
}

AUR_PLUGIN(create, AUR_JSON({
  "auricle": 1,
  "plugin": { "name": "difference-in-c", "version": "1.0.0", "license": "MIT OR Apache-2.0", "description": "Two inputs in C" },
  "stages": [{
    "id": "org.example.difference",
    "summary": "One audio minus another",
    "doc": "Ends with the shorter of the two.",
    "source": "",
    "result_version": 1,
    "locality": "pointwise",
    "inputs": [{ "name": "from", "kinds": ["audio"], "dtypes": ["float32"] },
               { "name": "less", "kinds": ["audio"], "dtypes": ["float32"] }],
    "outputs": [{ "name": "difference", "kinds": ["audio"], "dtypes": ["float32"] }],
    "parameters": []
  }]
}))
