// The web page's files, read once at start into memory: a path is looked up among what was read, so nothing
// outside the folder can ever be served. Links and hidden files are left out.
#pragma once

#include "handoff/bytes.h"
#include "handoff/error.h"

struct ho_files;

enum { HO_FILES_MOST_BYTES = 64 << 20, HO_FILES_MOST = 2000 };

// HO_REJECT where the folder has no index.html or is too large, HO_FATAL where it cannot be read.
HO_MUST_USE enum ho_status ho_files_read(const char *dir, struct ho_files **out, struct ho_error *error);
void ho_files_free(struct ho_files *files); // takes NULL
size_t ho_files_count(const struct ho_files *files);

struct ho_file {
    const char *path; // "/assets/app-1a2b.js"
    const char *content_type;
    const char *etag; // quoted
    bool immutable;   // the name holds a hash of the content
    struct ho_bytes content;
};

// "/" is index.html. NULL where there is none. Lives as long as `files`.
const struct ho_file *ho_files_find(const struct ho_files *files, const char *path);
