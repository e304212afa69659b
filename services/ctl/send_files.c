#include "send_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

// By bytes, whatever the locale.
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_file(struct ho_arena *arena, struct ho_send_files *files, const char *path)
{
    struct ho_send_file *file = ho_arena_push(arena, files, sizeof *file);
    file->path = path;
}

static enum ho_status add_folder(struct ho_arena *arena, const char *folder, struct ho_send_files *files,
                                 struct ho_error *error);

static enum ho_status add_entry(struct ho_arena *arena, const char *path, struct ho_send_files *files,
                                struct ho_error *error)
{
    struct stat own, facts;
    if (lstat(path, &own) != 0 || stat(path, &facts) != 0)
        return ho_fail(error, HO_FATAL, "%s: %s", path, strerror(errno));
    if (S_ISDIR(own.st_mode))
        return add_folder(arena, path, files, error);
    if (S_ISREG(facts.st_mode))
        add_file(arena, files, path);
    return HO_OK;
}

static enum ho_status add_folder(struct ho_arena *arena, const char *folder, struct ho_send_files *files,
                                 struct ho_error *error)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_visible, by_name);
    if (n < 0)
        return ho_fail(error, HO_FATAL, "%s: %s", folder, strerror(errno));
    size_t length = strlen(folder);
    const char *slash = length && folder[length - 1] == '/' ? "" : "/";
    enum ho_status status = HO_OK;
    for (int i = 0; i < n; i++) {
        if (status == HO_OK)
            status =
                add_entry(arena, ho_arena_printf(arena, "%s%s%s", folder, slash, entries[i]->d_name), files, error);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static enum ho_status add_named(struct ho_arena *arena, const char *path, struct ho_send_files *files,
                                struct ho_error *error)
{
    struct stat facts;
    size_t before = files->n;
    if (strcmp(path, "-") == 0 || stat(path, &facts) != 0 || !S_ISDIR(facts.st_mode)) {
        add_file(arena, files, path); // what is wrong with it is told when it is opened
        return HO_OK;
    }
    enum ho_status status = add_folder(arena, path, files, error);
    if (status == HO_OK && files->n == before)
        return ho_fail(error, HO_FATAL, "%s: no file is in the folder", path);
    return status;
}

static enum ho_status check_batches(const struct ho_message_file *opened, const char *path, struct ho_error *error)
{
    struct ho_error why = {0};
    if (ho_message_file_check_batches(opened, path, &why) == HO_OK)
        return HO_OK;
    return ho_fail(error, HO_REJECT, "%s; nothing was sent, --force sends what there is", why.text);
}

static enum ho_status look_at(struct ho_send_file *file, bool force, struct ho_error *error)
{
    struct ho_message_file *opened = NULL;
    enum ho_status status = ho_message_file_open(file->path, &opened, error);
    if (status != HO_OK)
        return status;
    file->size_bytes = ho_message_file_left(opened);
    if (!force)
        status = check_batches(opened, file->path, error);
    if (status == HO_OK && strcmp(file->path, "-") == 0)
        file->kept = opened;
    else
        ho_message_file_free(opened);
    return status;
}

enum ho_status ho_send_files_find(struct ho_arena *arena, char **paths, int n, bool force, struct ho_send_files *out,
                                  struct ho_error *error)
{
    enum ho_status status = HO_OK;
    *out = (struct ho_send_files){0};
    for (int i = 0; status == HO_OK && i < n; i++)
        status = add_named(arena, paths[i], out, error);
    for (size_t i = 0; status == HO_OK && i < out->n; i++) {
        status = look_at(&out->items[i], force, error);
        out->size_bytes += out->items[i].size_bytes;
    }
    return status;
}

void ho_send_files_cleanup(struct ho_send_files *files)
{
    for (size_t i = 0; i < files->n; i++)
        ho_message_file_free(files->items[i].kept);
    *files = (struct ho_send_files){0};
}
