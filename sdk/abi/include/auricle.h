/* auricle.h: the contract between auricle and its plugins. ABI 1.0.
 *
 * A plugin is a shared library that exports one symbol, `auricle_entry_v1`, and carries its manifest (JSON, described
 * in MANIFEST.md) in the section AUR_SECTION, so that a host can read it without running the plugin's code.
 *
 * Rules
 *  - A struct that begins with `size` may grow at its end in a later minor version. Whoever owns its memory sets `size`
 *    to sizeof; whoever reads or fills it touches a field only if `size` covers it. A field that is not covered reads
 *    as zero. Such structs travel as pointers, and in arrays as pointers to each. aur_str, aur_value, aur_param,
 *    aur_span, aur_column_data and aur_stage are frozen.
 *  - Strings are UTF-8 with a length, not NUL-terminated. What a callee is given is valid during the call; what it
 *    returns is valid until the next call on the same instance.
 *  - Whoever allocates releases: buffers, files and the host's services carry their own functions. Who keeps one of
 *    them beyond what is said of it calls `retain` first and `release` when done.
 *  - Unknown packet flags and unknown fields of a manifest are ignored. Any negative status is a failure.
 *  - Threads. [instance]: one thread at a time per instance, which may change between calls. [any]: any thread.
 *    [in-call]: only while the host is inside process or finish of this instance, on that very thread.
 *    Different instances run at the same time, so what a library shares between instances must be thread-safe.
 *    The host calls nothing on an instance while a call on it is running, also not from inside emit.
 *  - A result never depends on how the input was cut into packets.
 *  - No exception, panic or longjmp leaves a plugin.
 */
#ifndef AURICLE_H
#define AURICLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AUR_ABI_MAJOR 1u
#define AUR_ABI_MINOR 0u

/* ---- status ---------------------------------------------------------------------------------------------------- */

typedef int32_t aur_status;
enum {
  AUR_OK = 0,              /* done with this call; ready for the next packet */
  /* process and finish only: */
  AUR_AGAIN = 1,           /* more output pending: the host calls process(NULL), or finish, again before new input */
  AUR_DONE = 2,            /* nothing more will come and no more input is wanted */
  AUR_E_ARGUMENT = -1,     /* the caller broke this contract */
  AUR_E_FORMAT = -2,       /* an input's format cannot be used */
  AUR_E_PARAMETER = -3,    /* a parameter is missing, of another type or out of range */
  AUR_E_IO = -4,           /* reading or writing failed */
  AUR_E_MEMORY = -5,       /* an allocation was refused */
  AUR_E_CANCELLED = -6,    /* the host asked to stop; a fault where it did not */
  AUR_E_UNSUPPORTED = -7,  /* this is not offered */
  AUR_E_STATE = -8,        /* a call out of order */
  AUR_E_DATA = -9,         /* the input's content cannot be processed (a damaged file, a refused value) */
  AUR_E_INTERNAL = -10,    /* a fault of the plugin */
  AUR_E_PANIC = -11,       /* the plugin panicked; the instance is poisoned */
  AUR_E_POISONED = -12     /* a call on an instance that panicked before */
};

/* ---- plain values ---------------------------------------------------------------------------------------------- */

typedef struct aur_str { const char *ptr; size_t len; } aur_str;

/* A half-open range of indices [start, end): sample frames, frames or rows. */
typedef struct aur_span { int64_t start, end; } aur_span;

enum { AUR_NONE = 0, AUR_BOOL = 1, AUR_INT = 2, AUR_FLOAT = 3, AUR_STRING = 4, AUR_LIST = 5 };
typedef struct aur_value {
  uint32_t type;           /* AUR_NONE ... AUR_LIST */
  uint32_t n;              /* AUR_LIST: number of elements */
  union { int64_t i; double f; aur_str s; const struct aur_value *list; } u;   /* AUR_BOOL: i is 0 or 1 */
} aur_value;

/* A named value: a parameter of a stage, or an attribute of a format. */
typedef struct aur_param { aur_str id; aur_value value; } aur_param;

/* ---- buffers and files (the host's) ---------------------------------------------------------------------------- */

/* Reference-counted bytes, aligned to 64. While more than one reference exists, nobody writes. [any] */
typedef struct aur_buf {
  uint32_t size, flags;
  uint8_t *data;
  uint64_t bytes;
  void *owner;
  void (*retain)(void *owner);
  void (*release)(void *owner);
} aur_buf;

/* Random-access bytes: an input of the session, an output file, or scratch space. An input is valid until destroy.
 * After destroy a retained output or scratch file fails every call. [any] */
typedef struct aur_file {
  uint32_t size, flags;
  void *ctx;
  aur_str name;            /* for messages; never a path to open */
  /* Reads up to n bytes at offset; *got < n only at the end. */
  aur_status (*read_at)(void *ctx, uint64_t offset, void *dst, uint64_t n, uint64_t *got);
  aur_status (*write_at)(void *ctx, uint64_t offset, const void *src, uint64_t n);
  int64_t (*length)(void *ctx);               /* bytes; -1 when unknown */
  /* Why the last call of this thread failed; valid until this thread's next call on a file or host. */
  aur_status (*error)(void *ctx, aur_str *message);
  void (*retain)(void *ctx);
  void (*release)(void *ctx);                 /* aur_host.output and aur_host.scratch give one reference */
} aur_file;

/* ---- formats --------------------------------------------------------------------------------------------------- */

enum { AUR_SOURCE = 1, AUR_AUDIO = 2, AUR_TENSOR = 3, AUR_RECORDS = 4 };

/* dtype codes, as DLPack's */
enum { AUR_DT_INT = 0, AUR_DT_UINT = 1, AUR_DT_FLOAT = 2, AUR_DT_COMPLEX = 5 };

enum { AUR_AXIS_OTHER = 0, AUR_AXIS_TIME = 1, AUR_AXIS_FREQUENCY = 2, AUR_AXIS_CHANNEL = 3, AUR_AXIS_EMBEDDING = 4,
       AUR_AXIS_CLASS = 5, AUR_AXIS_TOKEN = 6, AUR_AXIS_LAG = 7 };

typedef struct aur_axis {
  uint32_t size, role;
  int64_t length;          /* -1: the time axis of a stream whose end is not known */
  aur_str name;            /* "frame", "band", "bin", "channel" ...: what layouts are written in */
  aur_str unit;            /* of the coordinates: "Hz", "s", "" */
  aur_str scale;           /* "linear", "mel/slaney", "mel/htk", "erb" ... */
  double start, step;      /* coordinate of entry k is start + k * step, unless coords is given */
  const double *coords;    /* length entries, or NULL */
} aur_axis;

enum { AUR_COL_BOOL = 1, AUR_COL_INT = 2, AUR_COL_FLOAT = 3, AUR_COL_STRING = 4 };   /* bit, i64, f64, UTF-8 */
typedef struct aur_column { uint32_t size, type; aur_str name, unit; } aur_column;

/* What flows through one port, fixed by negotiate for the whole run. */
typedef struct aur_format {
  uint32_t size, kind;
  uint8_t dtype_code, dtype_bits; uint16_t dtype_lanes;   /* audio, tensor; lanes is 1 */
  uint32_t flags;
  int64_t tick_num, tick_den;   /* a tick lasts tick_num / tick_den seconds */
  int64_t origin, step;         /* entry k of the stream stands at tick origin + k * step (a frame: its window's centre).
                                 * Audio: tick_num and step are 1, tick_den is the sample rate in Hz */
  int64_t length;               /* entries in all: sample frames, frames, rows; -1 when unknown. A promise, but a reader
                                 * may end earlier, with a finding, when its file turns out to be damaged */
  aur_str layout;               /* the order in which writers store it: "band,frame"; an axis left out has length 1 */
  uint32_t channels;            /* audio */
  uint32_t n_axes;              /* tensor */
  aur_str channel_layout;       /* audio: "FL,FR", or empty */
  const aur_axis *const *axes;  /* tensor, in memory order, slowest first; a stream's time axis is axis 0 */
  aur_str quantity;             /* tensor: "amplitude", "power", "db", "ln", "log10", "complex" ... */
  aur_str unit;
  double reference;             /* of a level: the value that reads 0; NaN when it is none */
  double coherent_gain;         /* sum of the analysis window; NaN when there is none */
  aur_str schema;               /* records: "auricle.metrics/1" ... */
  const aur_column *const *columns;
  uint32_t n_columns;
  uint32_t n_attributes;
  const aur_param *attributes;  /* open facts that ride along: "codec", "bits_per_sample" ... */
  aur_file *file;               /* source */
} aur_format;

/* ---- packets --------------------------------------------------------------------------------------------------- */

/* The stream ends with this packet, which may be empty. Every input ends with one; stages need not set it. */
enum { AUR_END = 1 };

/* count consecutive entries of a stream. Audio: planes of count samples, `stride` bytes from plane to plane.
 * Tensor: count frames, `stride` bytes from frame to frame, packed inside. A tensor without a time axis is one entry.
 * Records: a table of aur_column_data, one a column, at `offset`; `stride` is the size of the whole in bytes.
 * offset and stride keep every element at a multiple of its own size (records: everything at a multiple of 8). */
typedef struct aur_packet {
  uint32_t size, flags;
  uint32_t port;                /* index of the input or output stream */
  uint32_t reserved;
  int64_t start, count;
  aur_buf *buf;                 /* may be NULL when count is 0; who keeps it after the call retains it */
  uint64_t offset, stride;
} aur_packet;

/* Where a column lies, in bytes from the packet's offset; Arrow's layouts. validity 0: no value is missing.
 * AUR_COL_STRING: offsets holds count + 1 i32. AUR_COL_BOOL: data is a bitmap, least significant bit first. */
typedef struct aur_column_data { uint64_t validity, offsets, data; } aur_column_data;

/* Takes the packet's reference to its buffer, also when it fails; buf came from buf_new, or from an input and was
 * retained. The entries of each output leave in order and without gaps. [in-call]; at any other time it fails. */
typedef struct aur_sink {
  uint32_t size, reserved;
  void *ctx;
  aur_status (*emit)(void *ctx, const aur_packet *packet);
} aur_sink;

/* ---- host ------------------------------------------------------------------------------------------------------ */

enum { AUR_LOG_ERROR = 1, AUR_LOG_WARN = 2, AUR_LOG_INFO = 3, AUR_LOG_DEBUG = 4 };
enum { AUR_FINDING_INFO = 1, AUR_FINDING_WARNING = 2, AUR_FINDING_ERROR = 3 };

/* Services of the host to one instance; valid until destroy. A thread that may outlive the instance retains them; then
 * they do nothing any more, and what can fail may fail. Everything here is [any]. */
typedef struct aur_host {
  uint32_t size, abi_minor;
  void *ctx;
  aur_str name, version;
  const uint32_t *cancel;       /* atomic; not 0: return AUR_E_CANCELLED soon (look at least every 100 ms) */
  void (*retain)(void *ctx);
  void (*release)(void *ctx);
  void (*log)(void *ctx, int32_t level, aur_str message);
  /* One reference. The bytes are initialised, to whatever a released buffer held before. */
  aur_status (*buf_new)(void *ctx, uint64_t bytes, aur_buf **out);
  aur_status (*progress)(void *ctx, double fraction, aur_str message);  /* NaN: unknown. AUR_E_CANCELLED: stop */
  /* Something a person should know about the data. index: entry of input 0 it starts at, or -1. */
  void (*finding)(void *ctx, int32_t severity, aur_str code, aur_str message, int64_t index);
  /* A new file below the run's output directory; it appears there, whole, once the stage has finished. */
  aur_status (*output)(void *ctx, aur_str path, aur_file **out);
  aur_status (*scratch)(void *ctx, aur_file **out);
  /* Why output or scratch failed in this thread; valid until this thread's next call on a file or host. */
  aur_status (*error)(void *ctx, aur_str *message);
  const void *(*extension)(void *ctx, aur_str id);          /* "auricle.host.<name>/<rev>", or NULL */
} aur_host;

/* ---- stages ---------------------------------------------------------------------------------------------------- */

typedef struct aur_input {
  uint32_t size;
  uint32_t port;                /* index of the declared port this stream is wired to */
  aur_str label;                /* the name the session gives to what feeds it */
  const aur_format *format;
} aur_input;

typedef struct aur_setup {
  uint32_t size, n_params;
  const aur_param *params;      /* every declared parameter, defaults filled in; AUR_NONE: absent */
  const aur_input *const *inputs;
  uint32_t n_inputs;
  uint32_t block;               /* how many sample frames a source should emit at a time */
  uint64_t seed;                /* the only randomness a stage may use */
} aur_setup;

/* The caller of last_error sets `size`; the stage fills what it covers. */
typedef struct aur_error {
  uint32_t size;
  int32_t code;
  aur_str message, hint, param;
  int64_t at;                   /* index of the entry concerned, or -1 */
} aur_error;

#define AUR_ANY_INPUT 0xffffffffu

/* The functions of one stage. Life: create, negotiate, then for each run or region: begin, process*, finish*; destroy.
 * All [instance]. Optional functions may be NULL. */
typedef struct aur_stage_vt {
  uint32_t size, flags;
  /* Freezes parameters and input formats; gives the format of each declared output. */
  aur_status (*negotiate)(void *self, const aur_setup *setup, const aur_format *const **outputs, uint32_t *n_outputs);
  /* Which entries of each input does this span of one output depend on? Fills spans[n_inputs], unclipped; the host
   * clips to [0, length). NULL: the whole of each input. */
  aur_status (*need)(void *self, uint32_t output, aur_span span, aur_span *spans);
  /* Starts anew. `span` of `output` is wanted: [0, INT64_MAX) of output 0 for a whole run, in which every output is
   * wanted. Inputs then begin at what need said, and output entries before span.start must not be emitted. */
  aur_status (*begin)(void *self, uint32_t output, aur_span span);
  /* Takes one packet; NULL after AUR_AGAIN, and always for a stage that has no stream inputs. Packets of one input
   * come in order and without gaps; inputs interleave in any way. */
  aur_status (*process)(void *self, const aur_packet *packet, const aur_sink *sink);
  /* All inputs have ended. Not called when a region stops before the end. */
  aur_status (*finish)(void *self, const aur_sink *sink);
  /* Optional: the input it needs next, or AUR_ANY_INPUT. */
  uint32_t (*wants)(void *self);
  /* Optional, for locality "global": after begin, the host passes the whole input to reduce, then keeps the state;
   * adopt takes a state back, after which an output depends on what need says and no more. */
  aur_status (*reduce)(void *self, const aur_packet *packet);
  aur_status (*reduction)(void *self, aur_str *state);
  aur_status (*adopt)(void *self, aur_str state);
  /* Optional, for locality "global", after negotiate: 0 if with these parameters nothing is reduced, and the
   * host may leave reduce, reduction and adopt out. NULL: there always is a reduction. */
  uint32_t (*reduces)(void *self);
  /* Optional: new values of parameters that are declared live. */
  aur_status (*set_live)(void *self, const aur_param *params, uint32_t n);
  aur_status (*last_error)(void *self, aur_error *error);     /* valid until the next call on self */
  const void *(*extension)(void *self, aur_str id);           /* optional: "auricle.stage.<name>/<rev>", or NULL */
  void (*destroy)(void *self);
} aur_stage_vt;

typedef struct aur_stage { const aur_stage_vt *vt; void *self; } aur_stage;

typedef struct aur_entry {
  uint32_t size, abi_major, abi_minor, flags;
  aur_str manifest;             /* the same bytes as in the section */
  /* Cheap: no file is opened, no table built before negotiate. [any] */
  aur_status (*create)(const aur_host *host, aur_str stage_id, aur_stage *out);
} aur_entry;

/* ---- for plugins in C and C++ ---------------------------------------------------------------------------------- */

#if defined(_WIN32)
#define AUR_VISIBLE __declspec(dllexport)
#elif defined(__GNUC__)
#define AUR_VISIBLE __attribute__((visibility("default")))
#else
#define AUR_VISIBLE
#endif
#if defined(__APPLE__)
#define AUR_SECTION __attribute__((section("__DATA,__auricle"), used))
#elif defined(__GNUC__) && !defined(_WIN32)
#define AUR_SECTION __attribute__((section(".auricle"), used))
#else
#define AUR_SECTION
#endif
#ifdef __cplusplus
#define AUR_EXPORT extern "C" AUR_VISIBLE
#else
#define AUR_EXPORT extern AUR_VISIBLE
#endif

/* A string literal as the initialiser of an aur_str. */
#define AUR_STR(literal) { literal, sizeof(literal) - 1 }

/* A manifest is soon longer than the 4095 bytes that a strict compiler promises to take. */
#if defined(__GNUC__)
#define AUR_LONG_TEXT_ \
  _Pragma("GCC diagnostic push") _Pragma("GCC diagnostic ignored \"-Woverlength-strings\"")
#define AUR_LONG_TEXT_ENDS_ _Pragma("GCC diagnostic pop")
#else
#define AUR_LONG_TEXT_
#define AUR_LONG_TEXT_ENDS_
#endif

/* JSON as a string literal, written as it is: AUR_JSON({"auricle": 1}). */
#define AUR_JSON(...) #__VA_ARGS__

/* The last line of a plugin, without a semicolon:
 *   AUR_PLUGIN(create, AUR_JSON({"auricle": 1, "plugin": {...}, "stages": [...]})) */
#define AUR_PLUGIN(create_fn, manifest_json) \
  AUR_LONG_TEXT_ AUR_SECTION static const char aur_manifest_[] = manifest_json; AUR_LONG_TEXT_ENDS_ \
  AUR_EXPORT const aur_entry auricle_entry_v1; \
  const aur_entry auricle_entry_v1 = { sizeof(aur_entry), AUR_ABI_MAJOR, AUR_ABI_MINOR, 0, \
    { aur_manifest_, sizeof(aur_manifest_) - 1 }, create_fn };

#ifdef __cplusplus
}
#endif
#endif
