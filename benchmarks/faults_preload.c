/* Fails, or dies at, the n-th file operation under one folder: put before the C library by LD_PRELOAD.

   Counted are operations that change a file or wait for it, every opening and every reading; Python's, pyarrow's,
   SQLite's and torch's alike, as they all call these functions. Not seen is what the C library calls within itself: what
   fread and fwrite fetch and hand on, and files that are mapped. Waiting for the disk itself is left out: no try pulls
   the plug. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define DIES -1 /* in place of an error number: kill -9 */

static char root[PATH_MAX];
static long fails_at, seen;
static int error, lasting;
static char failed[32];

void faults_arm(const char *folder, long at, int with, int from_then_on) {
    snprintf(root, sizeof root, "%s/", folder);
    fails_at = at, seen = 0, error = with, lasting = from_then_on, failed[0] = 0;
}
void faults_disarm(void) { root[0] = 0; }
long faults_seen(void) { return seen; }
const char *faults_failed(void) { return failed; }

static int path_is_under(int folder, const char *path) {
    char whole[2 * PATH_MAX], link[64];
    if (!root[0] || !path) return 0;
    if (path[0] == '/') return !strncmp(path, root, strlen(root));
    snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, whole, PATH_MAX);
    if (length < 0) return 0;
    snprintf(whole + length, sizeof whole - length, "/%s", path);
    return !strncmp(whole, root, strlen(root));
}

static int file_is_under(int file) {
    char link[64], whole[PATH_MAX];
    if (!root[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, whole, sizeof whole - 2);
    if (length < 0) return 0;
    whole[length] = '/', whole[length + 1] = 0; /* the folder itself counts too: it is synced */
    return !strncmp(whole, root, strlen(root));
}

/* 1 where this operation is to fail. */
static int fails(const char *name, int under) {
    if (!under) return 0;
    seen++;
    if (fails_at < 1 || seen < fails_at || (seen > fails_at && !lasting)) return 0;
    if (seen == fails_at) {
        strncpy(failed, name, sizeof failed - 1);
        if (error == DIES) kill(getpid(), SIGKILL);
    }
    errno = error;
    return 1;
}

/* How much of a write is done before it fails: where a disk fills up, and where a process dies in its midst, a half. */
static size_t done_of(size_t length, int under) {
    int now = under && seen + 1 == fails_at && (error == ENOSPC || error == DIES);
    return now ? length / 2 : 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WRAP(result, name, parameters, arguments, under) \
    result name parameters { return fails(#name, under) ? -1 : REAL(name) arguments; }
#define OPENS(name) \
    int name(const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, int); va_end(rest); \
        return fails(flags & O_ACCMODE ? "open to write" : "open to read", path_is_under(AT_FDCWD, path)) \
            ? -1 : REAL(name)(path, flags, mode); \
    }
#define OPENS_AT(name) \
    int name(int folder, const char *path, int flags, ...) { \
        va_list rest; va_start(rest, flags); mode_t mode = va_arg(rest, int); va_end(rest); \
        return fails(flags & O_ACCMODE ? "open to write" : "open to read", path_is_under(folder, path)) \
            ? -1 : REAL(name)(folder, path, flags, mode); \
    }
#define OPENS_STREAM(name) \
    FILE *name(const char *path, const char *mode) { \
        return fails(strpbrk(mode, "wa+") ? "open to write" : "open to read", path_is_under(AT_FDCWD, path)) \
            ? NULL : REAL(name)(path, mode); \
    }
#define WRITES(name, parameters, arguments, length, shortened) \
    ssize_t name parameters { \
        int under = file_is_under(file); \
        size_t part = done_of(length, under); \
        ssize_t done = part ? REAL(name) shortened : 0; \
        if (!fails("write", under)) return REAL(name) arguments; \
        return done > 0 ? done : -1; \
    }
/* A disk that is full or forbids gives what was opened all the same: reading fails as a failing disk does. */
#define READS(name, parameters, arguments) \
    ssize_t name parameters { \
        if (!fails("read", file_is_under(file))) return REAL(name) arguments; \
        errno = EIO; \
        return -1; \
    }
#define SYNCS(name) \
    int name(int file) { \
        int under = file_is_under(file); \
        return fails("sync", under) ? -1 : under ? 0 : REAL(name)(file); \
    }

OPENS(open) OPENS(open64)
OPENS_AT(openat) OPENS_AT(openat64)
OPENS_STREAM(fopen) OPENS_STREAM(fopen64)
WRITES(write, (int file, const void *bytes, size_t length), (file, bytes, length), length, (file, bytes, part))
WRITES(pwrite, (int file, const void *bytes, size_t length, off_t at), (file, bytes, length, at), length,
       (file, bytes, part, at))
WRITES(pwrite64, (int file, const void *bytes, size_t length, off64_t at), (file, bytes, length, at), length,
       (file, bytes, part, at))
WRAP(ssize_t, writev, (int file, const struct iovec *parts, int number), (file, parts, number), file_is_under(file))
WRAP(ssize_t, sendfile64, (int file, int from, off64_t *at, size_t length), (file, from, at, length),
     file_is_under(file))
WRAP(ssize_t, copy_file_range, (int from, off64_t *at, int file, off64_t *to, size_t length, unsigned flags),
     (from, at, file, to, length, flags), file_is_under(file))
READS(read, (int file, void *bytes, size_t length), (file, bytes, length))
READS(readv, (int file, const struct iovec *parts, int number), (file, parts, number))
READS(pread, (int file, void *bytes, size_t length, off_t at), (file, bytes, length, at))
READS(pread64, (int file, void *bytes, size_t length, off64_t at), (file, bytes, length, at))
SYNCS(fsync) SYNCS(fdatasync)
WRAP(int, ftruncate, (int file, off_t length), (file, length), file_is_under(file))
WRAP(int, ftruncate64, (int file, off64_t length), (file, length), file_is_under(file))
WRAP(int, rename, (const char *from, const char *to), (from, to), path_is_under(AT_FDCWD, to))
WRAP(int, renameat, (int from_folder, const char *from, int folder, const char *to), (from_folder, from, folder, to),
     path_is_under(folder, to))
WRAP(int, link, (const char *from, const char *to), (from, to), path_is_under(AT_FDCWD, to))
WRAP(int, linkat, (int from_folder, const char *from, int folder, const char *to, int flags),
     (from_folder, from, folder, to, flags), path_is_under(folder, to))
WRAP(int, symlink, (const char *from, const char *to), (from, to), path_is_under(AT_FDCWD, to))
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), path_is_under(AT_FDCWD, path))
WRAP(int, mkdirat, (int folder, const char *path, mode_t mode), (folder, path, mode), path_is_under(folder, path))
WRAP(int, unlink, (const char *path), (path), path_is_under(AT_FDCWD, path))
WRAP(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), path_is_under(folder, path))
WRAP(int, rmdir, (const char *path), (path), path_is_under(AT_FDCWD, path))
