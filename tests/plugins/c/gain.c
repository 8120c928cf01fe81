/* org.example.gain: every sample times one factor, given in decibels.
 *
 * A whole plugin in C, written from auricle.h and MANIFEST.md alone. */
#include "auricle.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct gain {
  const aur_host *host;
  float factor;
  aur_format format;                  /* of the output, with its texts below: the input's live during negotiate only */
  const aur_format *outputs[1];
  char layout[64], channel_layout[256];
  const char *message, *param;
} gain;

static aur_status refuse(gain *self, aur_status status, const char *message, const char *param) {
  self->message = message;
  self->param = param;
  return status;
}

static aur_str keep(char *place, size_t room, aur_str text) {
  aur_str kept = { place, text.len < room ? text.len : room };
  memcpy(place, text.ptr, kept.len);
  return kept;
}

static aur_status set_params(gain *self, const aur_param *params, uint32_t n) {
  for (uint32_t k = 0; k < n; k++) {
    if (params[k].id.len != 7 || memcmp(params[k].id.ptr, "gain_db", 7)) continue;
    const aur_value *value = &params[k].value;
    double gain_db = value->type == AUR_INT ? (double)value->u.i : value->u.f;
    if (!(gain_db >= -120.0 && gain_db <= 60.0))
      return refuse(self, AUR_E_PARAMETER, "expected a number from -120 to 60", "gain_db");
    self->factor = (float)pow(10.0, gain_db / 20.0);
  }
  return AUR_OK;
}

static aur_status negotiate(void *this, const aur_setup *setup, const aur_format *const **outputs, uint32_t *n) {
  gain *self = this;
  const aur_format *in = setup->inputs[0]->format;
  if (in->kind != AUR_AUDIO || in->dtype_code != AUR_DT_FLOAT || in->dtype_bits != 32)
    return refuse(self, AUR_E_FORMAT, "expected audio of float32", "");
  aur_format format = { .size = sizeof format, .kind = AUR_AUDIO, .dtype_code = AUR_DT_FLOAT, .dtype_bits = 32,
                        .dtype_lanes = 1, .tick_num = in->tick_num, .tick_den = in->tick_den, .origin = in->origin,
                        .step = in->step, .length = in->length, .channels = in->channels };
  format.layout = keep(self->layout, sizeof self->layout, in->layout);
  format.channel_layout = keep(self->channel_layout, sizeof self->channel_layout, in->channel_layout);
  self->format = format;
  self->outputs[0] = &self->format;
  *outputs = self->outputs;
  *n = 1;
  return set_params(self, setup->params, setup->n_params);
}

static aur_status need(void *this, uint32_t output, aur_span span, aur_span *spans) {
  (void)this, (void)output;
  spans[0] = span;
  return AUR_OK;
}

static aur_status begin(void *this, uint32_t output, aur_span span) {
  (void)this, (void)output, (void)span;
  return AUR_OK;
}

static aur_status process(void *this, const aur_packet *packet, const aur_sink *sink) {
  gain *self = this;
  if (!packet || packet->count == 0) return AUR_OK;
  uint64_t plane = (uint64_t)packet->count * sizeof(float);
  aur_packet out = { .size = sizeof out, .start = packet->start, .count = packet->count, .stride = plane };
  aur_status status = self->host->buf_new(self->host->ctx, plane * self->format.channels, &out.buf);
  if (status < 0) return refuse(self, status, "the host refused a buffer", "");
  for (uint32_t channel = 0; channel < self->format.channels; channel++) {
    const float *x = (const void *)(packet->buf->data + packet->offset + channel * packet->stride);
    float *y = (void *)(out.buf->data + channel * plane);
    for (int64_t k = 0; k < packet->count; k++) y[k] = x[k] * self->factor;
  }
  status = sink->emit(sink->ctx, &out);
  return status < 0 ? refuse(self, status, "the host refused a packet", "") : AUR_OK;
}

static aur_status finish(void *this, const aur_sink *sink) {
  (void)this, (void)sink;
  return AUR_DONE;
}

static aur_status set_live(void *this, const aur_param *params, uint32_t n) { return set_params(this, params, n); }

static aur_status last_error(void *this, aur_error *error) {
  gain *self = this;
  error->message.ptr = self->message, error->message.len = strlen(self->message);
  error->param.ptr = self->param, error->param.len = strlen(self->param);
  return AUR_OK;
}

static const aur_stage_vt GAIN = { .size = sizeof GAIN, .negotiate = negotiate, .need = need, .begin = begin,
                                   .process = process, .finish = finish, .set_live = set_live,
                                   .last_error = last_error, .destroy = free };

static aur_status create(const aur_host *host, aur_str id, aur_stage *out) {
  const aur_str mine = AUR_STR("org.example.gain");
  if (id.len != mine.len || memcmp(id.ptr, mine.ptr, id.len)) return AUR_E_UNSUPPORTED;
  gain *self = calloc(1, sizeof *self);
  if (!self) return AUR_E_MEMORY;
  self->host = host;
  self->message = self->param = "";
  out->vt = &GAIN;
  out->self = self;
  return AUR_OK;
}

AUR_PLUGIN(create, AUR_JSON({
  "auricle": 1,
  "plugin": { "name": "gain-in-c", "version": "1.0.0", "license": "MIT OR Apache-2.0", "description": "A gain in C" },
  "stages": [{
    "id": "org.example.gain",
    "summary": "Multiplies every sample by one factor",
    "doc": "Output = input x 10^(gain_db / 20). Nothing is clipped.",
    "source": "",
    "result_version": 1,
    "deterministic": true,
    "locality": "pointwise",
    "inputs": [{ "name": "audio", "kinds": ["audio"], "dtypes": ["float32"], "doc": "What is made louder or softer." }],
    "outputs": [{ "name": "audio", "kinds": ["audio"], "dtypes": ["float32"], "doc": "The same at another level." }],
    "parameters": [{ "id": "gain_db", "types": ["float"], "default": 0.0, "min": -120.0, "max": 60.0, "unit": "dB",
                     "live": true, "doc": "Amplification; negative values attenuate." }]
  }]
}))
