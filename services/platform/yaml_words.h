// Words that more than one kind of file has: keys, roles, due times. HO_REJECT with the place and what is known.
#pragma once

#include "handoff/protocol.h"
#include "yaml_file.h"

HO_MUST_USE enum ho_status ho_yaml_check_word(const struct ho_yaml_file *file, const char *at, const char *text,
                                              struct ho_error *error);
HO_MUST_USE enum ho_status ho_yaml_check_role(const struct ho_yaml_file *file, const char *at, const char *role,
                                              struct ho_error *error);
// Who is told: all roles, where the one above takes those that do tasks.
HO_MUST_USE enum ho_status ho_yaml_check_recipient(const struct ho_yaml_file *file, const char *at, const char *role,
                                                   struct ho_error *error);
// "2 business days", "7 days", "24 hours", and each with one.
HO_MUST_USE enum ho_status ho_yaml_due(const struct ho_yaml_file *file, const char *at, const char *text,
                                       struct ho_due *out, struct ho_error *error);
