#include "simulate_crowd.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { STREAM_QUERY = 96, STREAM_WRITING };

struct run {
    struct ho_crowd_options options;
    struct ho_crowd crowd;
    struct ho_sim_file files[2]; // 2: queries and truth are written side by side
};

static void put_members(struct run *run)
{
    struct ho_crowd_household household;
    uint32_t member = 0;
    ho_sim_put(&run->files[0], ho_crowd_roster_header);
    for (uint32_t i = 0; i < run->crowd.n_households; i++) {
        ho_crowd_household_make(&run->crowd, i, &household);
        for (uint32_t k = 0; k < household.n; k++)
            if (household.people[k].enrolled)
                ho_crowd_roster_put(&run->files[0], &run->crowd, &household.people[k], member++);
    }
}

static void put_queries(struct run *run)
{
    struct ho_crowd_answer answer;
    ho_sim_put(&run->files[0], ho_crowd_query_header);
    ho_sim_put(&run->files[1], ho_crowd_truth_header);
    for (uint32_t i = 0; i < run->options.queries; i++) {
        struct ho_sim_random random;
        ho_sim_random_init(&random, run->options.seed, STREAM_QUERY + (uint64_t)run->options.mix * 2, i);
        ho_crowd_ask(&run->crowd, run->options.mix, &random, i, &answer);
        ho_crowd_query_put(&run->files[0], &random, &answer.query, i);
        ho_crowd_truth_put(&run->files[1], i, answer.is_member, answer.member, answer.query.kind);
    }
}

static enum ho_status commit(struct ho_sim_file *file, uint32_t count, const char *what, struct ho_error *error)
{
    enum ho_status status = ho_sim_file_commit(file, error);
    if (status == HO_OK)
        (void)fprintf(stderr, "simulate people: %s: %u %s, %llu bytes\n", file->path, count, what,
                      (unsigned long long)file->written_bytes);
    return status;
}

static enum ho_status write_roster(struct run *run, struct ho_error *error)
{
    enum ho_status status = ho_sim_file_open(&run->files[0], run->options.out, "roster.csv", error);
    if (status != HO_OK)
        return status;
    put_members(run);
    return commit(&run->files[0], run->options.members, "members", error);
}

static enum ho_status write_queries(struct run *run, struct ho_error *error)
{
    struct ho_error second = {""};
    enum ho_status status = ho_sim_file_open(&run->files[0], run->options.out, "queries.csv", error);
    if (status != HO_OK)
        return status;
    status = ho_sim_file_open(&run->files[1], run->options.out, "truth.csv", error);
    if (status != HO_OK) {
        run->files[0].failure = ECANCELED; // so that nothing of it is kept
        return ho_sim_file_commit(&run->files[0], &second) == HO_OK ? HO_FATAL : status;
    }
    put_queries(run);
    status = commit(&run->files[0], run->options.queries, "queries", error);
    enum ho_status other = commit(&run->files[1], run->options.queries, "answers", status == HO_OK ? error : &second);
    return status == HO_OK ? other : status;
}

static enum ho_status simulate(struct run *run, struct ho_error *error)
{
    const struct ho_crowd_options *options = &run->options;
    (void)fprintf(stderr, "simulate people: inventing %u members and %u queries from seed %llu\n", options->members,
                  options->queries, (unsigned long long)options->seed);
    enum ho_status status = ho_sim_folder_make(options->out, error);
    if (status != HO_OK)
        return status;
    status = ho_crowd_init(&run->crowd, options->seed, options->members, options->date, error);
    if (status == HO_OK)
        status = write_roster(run, error);
    if (status == HO_OK)
        status = write_queries(run, error);
    ho_crowd_cleanup(&run->crowd);
    return status;
}

static int failed(const struct ho_error *error)
{
    (void)fprintf(stderr, "handoffctl simulate people: %s\n", error->text);
    return 1;
}

int ho_crowd_main(int argc, char **argv)
{
    struct ho_error error = {""};
    bool wants_help;
    struct run *run = malloc(sizeof *run);
    int exit_status = 2;
    if (!run)
        (void)fprintf(stderr, "handoffctl simulate people: not enough memory\n");
    else if (ho_crowd_options_read(argc, argv, &run->options, &wants_help, &error) != HO_OK)
        (void)fprintf(stderr, "handoffctl simulate people: %s\n", error.text);
    else if (wants_help)
        exit_status = fputs(ho_crowd_help, stdout) < 0;
    else if (simulate(run, &error) == HO_OK)
        exit_status = 0;
    else
        exit_status = failed(&error);
    free(run);
    return exit_status;
}
