#include "simulate.h"

#include <stdio.h>
#include <stdlib.h>

#include "simulate_messages.h"
#include "simulate_options.h"
#include "simulate_roster.h"
#include "simulate_truth.h"

// One run. Everything is invented before the first byte is written.
struct simulation {
    struct ho_sim_options options;
    struct ho_sim_window window;
    struct ho_sim_people *people;
    struct ho_sim_traffic traffic;
    struct ho_sim_file *file;
};

static void set_window(struct simulation *simulation)
{
    const struct ho_sim_options *options = &simulation->options;
    struct ho_sim_window *window = &simulation->window;
    window->end = ho_sim_zone_noon(options->date);
    window->begin = window->end - (int64_t)options->days * HO_SIM_DAY;
    window->first_day = ho_sim_zone_day(window->begin);
    window->last_day = options->date;
}

static void put_messages(struct simulation *simulation)
{
    const struct ho_sim_traffic *traffic = &simulation->traffic;
    for (uint32_t i = 0; i < traffic->n_deliveries; i++)
        ho_sim_message_put(simulation->file, traffic, simulation->people, traffic->deliveries[i].event);
}

static void put_roster(struct simulation *simulation)
{
    ho_sim_roster_put(simulation->file, simulation->people);
}

static void put_truth(struct simulation *simulation)
{
    ho_sim_truth_put(simulation->file, &simulation->traffic, simulation->people, &simulation->options);
}

static enum ho_status write_file(struct simulation *simulation, const char *name, void (*put)(struct simulation *),
                                 uint32_t count, const char *what, struct ho_error *error)
{
    enum ho_status status = ho_sim_file_open(simulation->file, simulation->options.out, name, error);
    if (status != HO_OK)
        return status;
    put(simulation);
    status = ho_sim_file_commit(simulation->file, error);
    if (status == HO_OK)
        (void)fprintf(stderr, "simulate: %s: %u %s, %llu bytes\n", simulation->file->path, count, what,
                      (unsigned long long)simulation->file->written_bytes);
    return status;
}

static enum ho_status write_files(struct simulation *simulation, struct ho_error *error)
{
    enum ho_status status =
        write_file(simulation, "roster.csv", put_roster, simulation->options.members, "members", error);
    if (status == HO_OK)
        status =
            write_file(simulation, "messages.hl7", put_messages, simulation->traffic.n_deliveries, "messages", error);
    if (status == HO_OK)
        status =
            write_file(simulation, "truth.jsonl", put_truth, simulation->traffic.n_transitions, "transitions", error);
    return status;
}

static enum ho_status simulate(struct simulation *simulation, struct ho_error *error)
{
    const struct ho_sim_options *options = &simulation->options;
    (void)fprintf(stderr, "simulate: inventing %u members and %u messages from seed %llu\n", options->members,
                  options->messages, (unsigned long long)options->seed);
    set_window(simulation);
    enum ho_status status = ho_sim_folder_make(options->out, error);
    if (status == HO_OK)
        status = ho_sim_people_new(options->seed, options->members, &simulation->window, &simulation->people, error);
    if (status == HO_OK)
        status = ho_sim_traffic_init(&simulation->traffic, options, &simulation->window, simulation->people, error);
    if (status != HO_OK)
        return status;
    return write_files(simulation, error);
}

static int run(struct simulation *simulation)
{
    struct ho_error error = {""};
    if (simulate(simulation, &error) == HO_OK)
        return 0;
    (void)fprintf(stderr, "handoffctl simulate: %s\n", error.text);
    return 1;
}

int ho_simulate_main(int argc, char **argv)
{
    struct simulation simulation = {.people = NULL};
    struct ho_error error = {""};
    bool wants_help;
    if (ho_sim_options_read(argc, argv, &simulation.options, &wants_help, &error) != HO_OK) {
        (void)fprintf(stderr, "handoffctl simulate: %s\n", error.text);
        return 2;
    }
    if (wants_help)
        return fputs(ho_sim_help, stdout) < 0 ? 1 : 0;
    simulation.file = malloc(sizeof *simulation.file);
    if (!simulation.file) {
        (void)fprintf(stderr, "handoffctl simulate: not enough memory\n");
        return 1;
    }
    int exit_status = run(&simulation);
    ho_sim_traffic_cleanup(&simulation.traffic);
    ho_sim_people_free(simulation.people);
    free(simulation.file);
    return exit_status;
}
