/* Faults of disk and library on demand, for LD_PRELOAD: the calls that the program makes are answered as a sick system would.
 *
 *   FAULT="flock:ENOLCK"            every lock is refused
 *   FAULT="pwrite:EDQUOT:100000"    after that many bytes nothing more can be written
 *   FAULT="fdatasync:EIO:3"         from the fourth call on
 *   FAULT="H5Fopen:SIGSEGV"         the library crashes when it opens a file
 *   RECORD=FILE                     every write to *.h5 and *.h5.part, every sync and rename goes there, for tests/faults/test_power_cut.py
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static int error_of(const char* name) {
  static const struct {
    const char* name;
    int error;
  } errors[] = {{"ENOLCK", ENOLCK}, {"ENOSYS", ENOSYS}, {"EDQUOT", EDQUOT}, {"EIO", EIO}, {"ENOSPC", ENOSPC}, {"EROFS", EROFS}};
  for (size_t i = 0; i < sizeof errors / sizeof *errors; ++i) {
    if (strncmp(name, errors[i].name, strlen(errors[i].name)) == 0) return errors[i].error;
  }
  return EIO;
}

/* The error that a call is to give now, or 0. `amount` is added to what has passed. */
static int fault(const char* call, long amount) {
  static long passed = 0;
  const char* wanted = getenv("FAULT");
  const size_t length = strlen(call);
  if (wanted == NULL || strncmp(wanted, call, length) != 0 || wanted[length] != ':') return 0;
  const char* what = wanted + length + 1;
  const char* limit = strchr(what, ':');
  passed += amount;
  if (limit != NULL && passed <= atol(limit + 1)) return 0;
  if (strncmp(what, "SIGSEGV", 7) == 0) raise(SIGSEGV);
  return error_of(what);
}

/* Whether a descriptor is a result file, and its name. */
static int result_file(int descriptor, char* name, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(link, name, size - 1);
  if (length <= 0) return 0;
  name[length] = '\0';
  return (length > 3 && strcmp(name + length - 3, ".h5") == 0) || (length > 8 && strcmp(name + length - 8, ".h5.part") == 0);
}

static void record(char kind, const char* name, int64_t offset, const void* data, int64_t size) {
  const char* file = getenv("RECORD");
  if (file == NULL) return;
  FILE* stream = fopen(file, "ab");
  if (stream == NULL) return;
  const int64_t length = (int64_t)strlen(name);
  fputc(kind, stream);
  fwrite(&length, sizeof length, 1, stream);
  fwrite(name, 1, (size_t)length, stream);
  fwrite(&offset, sizeof offset, 1, stream);
  fwrite(&size, sizeof size, 1, stream);
  if (size > 0) fwrite(data, 1, (size_t)size, stream);
  fclose(stream);
}

#define REAL(call) ((__typeof__(&(call)))dlsym(RTLD_NEXT, #call))

int flock(int descriptor, int operation) {
  const int error = fault("flock", 1);
  if (error != 0 && (operation & LOCK_UN) == 0) {
    errno = error;
    return -1;
  }
  return REAL(flock)(descriptor, operation);
}

ssize_t pwrite(int descriptor, const void* data, size_t size, off_t offset) {
  char name[4096];
  if (result_file(descriptor, name, sizeof name)) {
    const int error = fault("pwrite", (long)size);
    if (error != 0) {
      errno = error;
      return -1;
    }
    record('w', name, offset, data, (int64_t)size);
  }
  return REAL(pwrite)(descriptor, data, size, offset);
}

int ftruncate(int descriptor, off_t length) {
  char name[4096];
  if (result_file(descriptor, name, sizeof name)) record('t', name, length, NULL, 0);
  return REAL(ftruncate)(descriptor, length);
}

static int sync_call(const char* call, int (*real)(int), int descriptor) {
  char name[4096];
  if (result_file(descriptor, name, sizeof name)) {
    const int error = fault(call, 1);
    if (error != 0) {
      errno = error;
      return -1;
    }
    const int result = real(descriptor);
    record('s', name, 0, NULL, 0);
    return result;
  }
  return real(descriptor);
}
int fsync(int descriptor) { return sync_call("fsync", REAL(fsync), descriptor); }
int fdatasync(int descriptor) { return sync_call("fdatasync", REAL(fdatasync), descriptor); }

int rename(const char* from, const char* to) {
  const int result = REAL(rename)(from, to);
  if (result == 0) record('r', from, 0, to, (int64_t)strlen(to));
  return result;
}

int64_t H5Fopen(const char* name, unsigned flags, int64_t access) {
  fault("H5Fopen", 1);
  int64_t (*real)(const char*, unsigned, int64_t) = (int64_t(*)(const char*, unsigned, int64_t))dlsym(RTLD_NEXT, "H5Fopen");
  return real(name, flags, access);
}
