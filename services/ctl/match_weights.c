// handoffctl match weights: the built-in weights, as a file to begin with.
#include "command.h"

#include "handoff/platform/yaml.h"

#include <stdio.h>

static const struct ho_option_table table = {
    .program = "handoffctl match weights",
    .summary = "Prints the built-in weights of matching as YAML. deploy/match/weights.yaml is made so.",
};

int ho_ctl_match_weights(int argc, char **argv)
{
    ho_ctl_options_only(&table, argc, argv, NULL);
    ho_weights_write(stdout, &ho_match_weights_default);
    return fflush(stdout) == 0 ? HO_EXIT_OK : HO_EXIT_FAILED;
}
