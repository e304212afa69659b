#include "files.h"

#include <stdlib.h>

#include "handoff/platform/loop.h"
#include "handoff/platform/yaml.h"

struct ho_planner_files {
    struct ho_calendar_set *calendars;
    struct ho_code_set *codes;
    struct ho_program_set *programs;
    struct ho_protocol_set *protocols;
};

static enum ho_status load(struct ho_planner_files *files, const struct ho_planner_settings *settings,
                           struct ho_error *error)
{
    enum ho_status status = ho_calendars_load(settings->calendars_dir, &files->calendars, error);
    if (status == HO_OK)
        status = ho_codes_load(settings->codes_dir, &files->codes, error);
    if (status != HO_OK)
        return status;
    const struct ho_codes *codes = ho_code_set_codes(files->codes);
    status = ho_programs_load(settings->programs_dir, files->calendars, codes, &files->programs, error);
    if (status == HO_OK)
        status = ho_protocols_load(settings->protocols_dir, files->calendars, codes, &files->protocols, error);
    return status;
}

static struct ho_line_rules rules_of(const struct ho_planner_settings *settings, const struct ho_zone *zone)
{
    const int64_t day = 24 * HO_US_PER_HOUR;
    struct ho_line_rules rules = ho_line_rules_default(zone);
    rules.join_gap_us = settings->join_gap_hours * HO_US_PER_HOUR;
    rules.stale_us[HO_SETTING_ED] = settings->stale_ed_days * day;
    rules.stale_us[HO_SETTING_INPATIENT] = settings->stale_inpatient_days * day;
    rules.stale_us[HO_SETTING_OBSERVATION] = settings->stale_observation_days * day;
    rules.stale_us[HO_SETTING_SNF] = settings->stale_snf_days * day;
    rules.readmission_days = (int)settings->readmission_days;
    rules.ed_visits = (int)settings->ed_visits;
    rules.ed_visits_days = (int)settings->ed_visits_days;
    rules.recent_snf_days = (int)settings->recent_snf_days;
    return rules;
}

static enum ho_status set_up(const struct ho_planner_files *files, const struct ho_planner_settings *settings,
                             struct ho_planner *planner, struct ho_error *error)
{
    planner->protocols = ho_protocol_set_items(files->protocols, &planner->n_protocols);
    if (planner->n_protocols == 0)
        return ho_fail(error, HO_FATAL,
                       "%s holds no protocol: put one there, or name another folder by --protocols-dir",
                       settings->protocols_dir);
    planner->codes = ho_code_set_codes(files->codes);
    planner->programs = ho_program_set_items(files->programs, &planner->n_programs);
    planner->zone = planner->protocols[0]->task_calendar->zone;
    planner->rules = rules_of(settings, planner->zone);
    planner->clock = ho_clock_us;
    return HO_OK;
}

enum ho_status ho_planner_load(const struct ho_planner_settings *settings, struct ho_planner_files **files,
                               struct ho_planner *planner, struct ho_error *error)
{
    struct ho_planner_files *loaded = calloc(1, sizeof *loaded);
    if (!loaded)
        abort();
    enum ho_status status = load(loaded, settings, error);
    if (status == HO_OK)
        status = set_up(loaded, settings, planner, error);
    if (status != HO_OK) {
        ho_planner_files_free(loaded);
        return status;
    }
    *files = loaded;
    return HO_OK;
}

void ho_planner_files_free(struct ho_planner_files *files)
{
    if (!files)
        return;
    ho_protocol_set_free(files->protocols);
    ho_program_set_free(files->programs);
    ho_code_set_free(files->codes);
    ho_calendar_set_free(files->calendars);
    free(files);
}
