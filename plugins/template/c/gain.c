/* org.example.gain: multiplies every sample by one factor given in decibels.
 *
 * Shape: audio (channel, sample) in, the same out. auricle.h says what each function may rely on. */
#include "auricle.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One stage of a session. */
typedef struct {
  const aur_host *host;
  aur_format output;
  const aur_format *outputs[1];
  float factor;
  char channel_layout[256];
  const char *message, *param;     /* what the last failure was, and which parameter's */
} instance;

static aur_str text(const char *s) {
  aur_str str = { s, strlen(s) };
  return str;
}

static aur_status fail(instance *self, aur_status status, const char *message) {
  self->message = message;
  self->param = "";
  return status;
}

static int is(aur_str str, const char *word) {
  return str.len == strlen(word) && memcmp(str.ptr, word, str.len) == 0;
}

/* Takes parameters. Type and range were checked against the manifest, and defaults filled in. */
static void take(instance *self, const aur_param *params, uint32_t n) {
  for (uint32_t k = 0; k < n; k++) {
    const aur_value *value = &params[k].value;
    const double number = value->type == AUR_INT ? (double)value->u.i : value->u.f;
    if (is(params[k].id, "gain_db")) self->factor = (float)pow(10, number / 20);
  }
}

/* Freezes parameters and input format, and says what will come out. */
static aur_status negotiate(void *this, const aur_setup *setup, const aur_format *const **outputs, uint32_t *n) {
  instance *self = this;
  if (setup->n_inputs != 1) return fail(self, AUR_E_FORMAT, "expected one input");
  const aur_format *input = setup->inputs[0]->format;
  if (input->kind != AUR_AUDIO || input->dtype_code != AUR_DT_FLOAT || input->dtype_bits != 32)
    return fail(self, AUR_E_FORMAT, "expected audio of float32");
  take(self, setup->params, setup->n_params);
  /* What is given is valid during this call only: strings of the input's format are copied. */
  aur_format *format = &self->output;
  memset(format, 0, sizeof *format);
  format->size = sizeof *format;
  format->kind = AUR_AUDIO;
  format->dtype_code = AUR_DT_FLOAT, format->dtype_bits = 32, format->dtype_lanes = 1;
  format->tick_num = input->tick_num, format->tick_den = input->tick_den;
  format->origin = input->origin, format->step = input->step;
  format->length = input->length;
  format->channels = input->channels;
  format->layout = text(input->channels == 1 ? "sample" : "channel,sample");
  if (input->channel_layout.len < sizeof self->channel_layout) {
    format->channel_layout.ptr = self->channel_layout;
    format->channel_layout.len = input->channel_layout.len;
    if (input->channel_layout.len > 0)
      memcpy(self->channel_layout, input->channel_layout.ptr, input->channel_layout.len);
  }
  format->reference = format->coherent_gain = NAN;
  self->outputs[0] = format;
  *outputs = self->outputs;
  *n = 1;
  return AUR_OK;
}

/* Sample k of the output needs sample k of the input. */
static aur_status need(void *this, uint32_t output, aur_span span, aur_span *spans) {
  (void)this, (void)output;
  spans[0] = span;
  return AUR_OK;
}

/* A run or a region starts. There is nothing to forget. */
static aur_status begin(void *this, uint32_t output, aur_span span) {
  (void)this, (void)output, (void)span;
  return AUR_OK;
}

static aur_status process(void *this, const aur_packet *packet, const aur_sink *sink) {
  instance *self = this;
  if (!packet || packet->count == 0) return AUR_OK;
  const uint64_t count = (uint64_t)packet->count, channels = self->output.channels;
  aur_packet made = { .size = sizeof made, .start = packet->start, .count = packet->count };
  made.stride = count * sizeof(float);
  aur_status status = self->host->buf_new(self->host->ctx, made.stride * channels, &made.buf);
  if (status < 0) return fail(self, status, "the host refused a buffer");
  for (uint64_t channel = 0; channel < channels; channel++) {
    const float *x = (const float *)(const void *)(packet->buf->data + packet->offset + channel * packet->stride);
    float *y = (float *)(void *)(made.buf->data + channel * made.stride);
    for (uint64_t k = 0; k < count; k++) y[k] = x[k] * self->factor;
  }
  status = sink->emit(sink->ctx, &made);     /* takes over the buffer, also when it fails */
  return status < 0 ? fail(self, status, "the host refused a packet") : AUR_OK;
}

/* All input has come, and nothing was kept back. */
static aur_status finish(void *this, const aur_sink *sink) {
  (void)this, (void)sink;
  return AUR_DONE;
}

/* New values of parameters that the manifest declares live, while a preview plays. */
static aur_status set_live(void *this, const aur_param *params, uint32_t n) {
  take(this, params, n);
  return AUR_OK;
}

static aur_status last_error(void *this, aur_error *error) {
  const instance *self = this;
  error->message = text(self->message);
  error->param = text(self->param);
  return AUR_OK;
}

static const aur_stage_vt TABLE = {
  .size = sizeof(aur_stage_vt),
  .negotiate = negotiate,
  .need = need,
  .begin = begin,
  .process = process,
  .finish = finish,
  .set_live = set_live,
  .last_error = last_error,
  .destroy = free,
};

static aur_status create(const aur_host *host, aur_str id, aur_stage *out) {
  if (!is(id, "org.example.gain")) return AUR_E_UNSUPPORTED;
  instance *self = calloc(1, sizeof *self);
  if (!self) return AUR_E_MEMORY;
  self->host = host;       /* valid until destroy */
  self->message = self->param = "";
  out->vt = &TABLE;
  out->self = self;
  return AUR_OK;
}

AUR_PLUGIN(create, AUR_JSON({
  "auricle": 1,
  "plugin": { "name": "@name@", "version": "0.1.0", "license": "", "description": "One stage in C" },
  "stages": [{
    "id": "org.example.gain",
    "summary": "Multiplies every sample by one factor",
    "doc": "Output = input x 10^(gain_db / 20). Nothing is clipped: values over unity stay as they are.",
    "source": "",
    "result_version": 1,
    "deterministic": true,
    "locality": "pointwise",
    "inputs": [{ "name": "audio", "kinds": ["audio"], "dtypes": ["float32"], "doc": "What is made louder or softer." }],
    "outputs": [{ "name": "audio", "kinds": ["audio"], "dtypes": ["float32"], "doc": "The same audio at another level." }],
    "parameters": [{ "id": "gain_db", "types": ["float"], "default": 0.0, "min": -120.0, "max": 60.0, "unit": "dB",
                     "live": true, "doc": "Amplification; negative values attenuate." }]
  }]
}))
