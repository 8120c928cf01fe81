/* Stages that only negotiate, for tests of plans: what flows is decided by the stage's id alone. */
#include "auricle.h"
#include <stdlib.h>
#include <string.h>

enum { READ, INTS, FRAMES, GAIN, PAIR, SINK, LIAR, FAULTY, HEARD, STAGES };
static const char *const NAMES[STAGES] = { "read", "ints", "frames", "gain", "pair", "sink", "liar", "faulty", "heard" };

typedef struct {
  int stage;
  aur_format format;
  aur_axis axes[2];
  const aur_axis *axis_pointers[2];
  aur_param seed;
  const aur_format *outputs[1];
  const char *message, *param;
  char name[256];
} instance;

static aur_str text(const char *s) { aur_str str = { s, strlen(s) }; return str; }

static int64_t integer(const aur_setup *setup, const char *id) {
  for (uint32_t k = 0; k < setup->n_params; k++)
    if (setup->params[k].id.len == strlen(id) && !memcmp(setup->params[k].id.ptr, id, strlen(id)))
      return setup->params[k].value.u.i;
  return 0;
}

static aur_status refuse(instance *self, aur_status status, const char *message, const char *param) {
  self->message = message;
  self->param = param;
  return status;
}

static void audio(instance *self, uint8_t code, uint8_t bits) {
  aur_format *f = &self->format;
  f->kind = AUR_AUDIO, f->dtype_code = code, f->dtype_bits = bits, f->dtype_lanes = 1;
  f->tick_num = 1, f->tick_den = 8000, f->step = 1, f->length = 100, f->channels = 1, f->layout = text("sample");
}

static void frames(instance *self, int64_t bands) {
  aur_format *f = &self->format;
  audio(self, AUR_DT_FLOAT, 32);
  f->kind = AUR_TENSOR, f->channels = 0, f->layout = text("band,frame"), f->quantity = text("power");
  f->n_axes = 2, f->axes = self->axis_pointers;
  for (int k = 0; k < 2; k++) {
    aur_axis axis = { sizeof(aur_axis), k ? AUR_AXIS_FREQUENCY : AUR_AXIS_TIME, k ? bands : 100,
                      text(k ? "band" : "frame"), text(""), text(""), 0, 1, NULL };
    self->axes[k] = axis;
    self->axis_pointers[k] = &self->axes[k];
  }
}

static aur_status negotiate(void *this, const aur_setup *setup, const aur_format *const **outputs, uint32_t *n) {
  instance *self = this;
  memset(&self->format, 0, sizeof self->format);
  self->format.size = sizeof(aur_format);
  *outputs = self->outputs;
  self->outputs[0] = &self->format;
  *n = 1;
  switch (self->stage) {
  case READ: {
    aur_file *file = setup->inputs[0]->format->file;
    char first = 0;
    uint64_t got = 0;
    file->read_at(file->ctx, 0, (uint8_t *)&first, 1, &got);
    if (first == '!') return refuse(self, AUR_E_DATA, "no audio, expected anything but an exclamation mark", "");
    audio(self, AUR_DT_FLOAT, 32);
    /* What the host gave as seed rides along, so that a test can see it. */
    self->seed.id = text("seed"), self->seed.value.type = AUR_INT, self->seed.value.u.i = (int64_t)setup->seed;
    self->format.attributes = &self->seed, self->format.n_attributes = 1;
    return AUR_OK;
  }
  case INTS: audio(self, AUR_DT_INT, 16); return AUR_OK;
  case FRAMES:
    if (integer(setup, "bands") > integer(setup, "n_fft"))
      return refuse(self, AUR_E_PARAMETER, "expected at most n_fft (256)", "bands");
    frames(self, integer(setup, "bands"));
    return AUR_OK;
  case GAIN: self->format = *setup->inputs[0]->format; return AUR_OK;
  case LIAR: frames(self, 4); return AUR_OK;
  case FAULTY: return refuse(self, AUR_E_INTERNAL, "it is broken", "");
  default: *n = 0; return AUR_OK;
  }
}

static aur_status begin(void *this, uint32_t output, aur_span span) { (void)this, (void)output, (void)span; return AUR_OK; }

static aur_status process(void *this, const aur_packet *packet, const aur_sink *sink) {
  (void)this, (void)packet, (void)sink;
  return AUR_DONE;
}

static aur_status last_error(void *this, aur_error *error) {
  instance *self = this;
  error->message = text(self->message), error->param = text(self->param);
  return AUR_OK;
}

static const aur_stage_vt VT = { .size = sizeof(aur_stage_vt), .negotiate = negotiate, .begin = begin,
                                 .process = process, .last_error = last_error, .destroy = free };

static aur_status create(const aur_host *host, aur_str id, aur_stage *out) {
  (void)host;
  for (int stage = 0; stage < STAGES; stage++) {
    const char *dot = memchr(id.ptr, '.', id.len);
    if (dot && (size_t)(id.ptr + id.len - dot - 1) == strlen(NAMES[stage])
        && !memcmp(dot + 1, NAMES[stage], strlen(NAMES[stage]))) {
      instance *self = calloc(1, sizeof(instance));
      self->stage = stage;
      out->vt = &VT, out->self = self;
      return AUR_OK;
    }
  }
  return AUR_E_UNSUPPORTED;
}
