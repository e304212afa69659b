#include "simulate_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ho_status folder_failed(const char *folder, int failure, struct ho_error *error)
{
    return ho_fail(error, HO_REJECT, "%s: this folder cannot be made: %s. Give another with --out.", folder,
                   strerror(failure));
}

enum ho_status ho_sim_folder_make(const char *folder, struct ho_error *error)
{
    char path[HO_SIM_PATH_BYTES];
    size_t n = strlen(folder);
    if (n == 0 || n >= sizeof path)
        return folder_failed(folder, n ? ENAMETOOLONG : ENOENT, error);
    memcpy(path, folder, n + 1);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        char kept = path[i];
        path[i] = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            return folder_failed(path, errno, error);
        path[i] = kept;
    }
    struct stat status;
    if (stat(folder, &status) != 0 || !S_ISDIR(status.st_mode))
        return folder_failed(folder, ENOTDIR, error);
    return HO_OK;
}

enum ho_status ho_sim_file_open(struct ho_sim_file *file, const char *folder, const char *name, struct ho_error *error)
{
    file->failure = 0;
    file->written_bytes = 0;
    file->held_bytes = 0;
    int n = snprintf(file->path, sizeof file->path, "%s/%s", folder, name);
    int m = snprintf(file->partial, sizeof file->partial, "%s/.%s.%ld.part", folder, name, (long)getpid());
    if (n < 0 || m < 0 || (size_t)n >= sizeof file->path || (size_t)m >= sizeof file->partial)
        return folder_failed(folder, ENAMETOOLONG, error);
    file->fd = open(file->partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->fd < 0)
        return ho_fail(error, HO_REJECT,
                       "%s: cannot be written: %s. Make the folder writable or give another with --out.", file->path,
                       strerror(errno));
    return HO_OK;
}

static void flush(struct ho_sim_file *file)
{
    size_t done = 0;
    while (done < file->held_bytes && !file->failure) {
        ssize_t n = write(file->fd, file->buffer + done, file->held_bytes - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            file->failure = errno;
    }
    file->written_bytes += done;
    file->held_bytes = 0;
}

enum ho_status ho_sim_file_commit(struct ho_sim_file *file, struct ho_error *error)
{
    flush(file);
    if (close(file->fd) != 0 && !file->failure)
        file->failure = errno;
    if (!file->failure && rename(file->partial, file->path) != 0)
        file->failure = errno;
    if (!file->failure)
        return HO_OK;
    (void)unlink(file->partial);
    return ho_fail(error, HO_REJECT, "%s: writing failed after %llu bytes: %s. Nothing of it was kept.", file->path,
                   (unsigned long long)file->written_bytes, strerror(file->failure));
}

void ho_sim_put_char(struct ho_sim_file *file, char c)
{
    if (file->held_bytes == sizeof file->buffer)
        flush(file);
    file->buffer[file->held_bytes++] = c;
}

void ho_sim_put(struct ho_sim_file *file, const char *text)
{
    for (; *text; text++)
        ho_sim_put_char(file, *text);
}

void ho_sim_put_number(struct ho_sim_file *file, uint64_t number, int width)
{
    char digits[24];
    int n = 0;
    do
        digits[n++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    for (int zeros = width - n; zeros > 0; zeros--)
        ho_sim_put_char(file, '0');
    while (n > 0)
        ho_sim_put_char(file, digits[--n]);
}
