#include "simulate_crowd_places.h"

#include <assert.h>
#include <string.h>

#include "simulate_crowd_text.h"

struct place {
    const char *zips;  // five digits each, between blanks
    const char *areas; // telephone area codes between blanks
};

// In the order of their names in `city_names`.
static const struct place places_of[] = {
    {"92801 92802 92804 92805 92806 92807 92808", "714 657"},
    {"92701 92703 92704 92705 92706 92707", "714 657"},
    {"90001 90003 90004 90006 90011 90019 90022 90026 90033 90044 90057", "213 323"},
    {"92840 92841 92843 92844 92845", "714 657"},
    {"90802 90804 90805 90806 90810 90813 90815", "562"},
    {"92102 92104 92105 92111 92113 92114 92115 92126 92154", "619 858"},
    {"92683", "714 657"},
    {"93701 93702 93703 93705 93706 93722 93726 93727", "559"},
    {"95811 95815 95820 95822 95823 95824 95828 95838", "916 279"},
    {"95110 95111 95112 95116 95122 95127 95133", "408 669"},
    {"92831 92832 92833 92835", "714 657"},
    {"92602 92604 92606 92612 92614 92618 92620", "949"},
    {"92626 92627", "714 949"},
    {"92646 92647 92648 92649", "714 657"},
    {"92865 92866 92867 92868 92869", "714 657"},
    {"92501 92503 92504 92505 92507", "951"},
    {"92401 92404 92405 92407 92410 92411", "909"},
    {"94601 94602 94603 94605 94606 94607 94621", "510 341"},
    {"94102 94103 94109 94110 94112 94116 94122 94124 94134", "415 628"},
    {"93304 93305 93306 93307 93308 93309", "661"},
    {"95202 95203 95204 95205 95206 95207 95210", "209"},
    {"92530 92532", "951"},
    {"92677", "949"},
    {"92630", "949"},
    {"92691 92692", "949"},
    {"92780 92782", "714 657"},
    {"90620 90621", "714 657"},
    {"90630", "714 657"},
    {"90631", "562 714"},
    {"92870", "714 657"},
    {"92672 92673", "949"},
    {"92675", "949"},
    {"92629", "949"},
    {"92708", "714 657"},
    {"90680", "714 657"},
    {"91201 91202 91203 91204 91205 91206", "818 747"},
    {"91101 91103 91104 91106 91107", "626"},
    {"91731 91732 91733", "626"},
    {"91754 91755", "626 323"},
    {"91801 91803", "626"},
    {"91766 91767 91768", "909"},
    {"91761 91762 91764", "909"},
    {"92335 92336 92337", "909"},
    {"92376", "909"},
    {"92553 92555 92557", "951"},
    {"92879 92880 92882", "951"},
    {"91910 91911 91913", "619"},
    {"92020 92021", "619"},
    {"92025 92026 92027", "760 442"},
    {"92054 92056 92057", "760 442"},
    {"93030 93033 93035 93036", "805 820"},
    {"93003 93001", "805 820"},
    {"93454 93455 93458", "805 820"},
    {"93901 93905 93906", "831"},
    {"95340 95341 95348", "209"},
    {"95350 95351 95354 95355 95358", "209"},
    {"93274", "559"},
    {"93277 93291 93292", "559"},
    {"93230", "559"},
    {"92231", "760 442"},
    {"92243", "760 442"},
    {"92201 92203", "760 442"},
    {"93534 93535 93536", "661"},
    {"93550 93551 93552", "661"},
    {"90220 90221 90222", "310 424"},
    {"90280", "323"},
    {"90301 90303 90304", "310 424"},
    {"90501 90503 90504", "310 424"},
    {"94533 94534", "707"},
    {"94589 94590 94591", "707"},
    {"95401 95403 95404 95407", "707"},
    {"94801 94804 94805", "510 341"},
    {"94509 94531", "925"},
    {"94541 94544 94545", "510 341"},
    {"94536 94538 94555", "510 341"},
    {"95926 95928 95973", "530"},
    {"96001 96002 96003", "530"},
};

static const char city_names[] =
    "Anaheim Santa_Ana Los_Angeles Garden_Grove Long_Beach San_Diego Westminster Fresno Sacramento San_Jose Fullerton "
    "Irvine "
    "Costa_Mesa Huntington_Beach Orange Riverside San_Bernardino Oakland San_Francisco Bakersfield Stockton "
    "Lake_Elsinore "
    "Laguna_Niguel Lake_Forest Mission_Viejo Tustin Buena_Park Cypress La_Habra Placentia San_Clemente "
    "San_Juan_Capistrano Dana_Point Fountain_Valley Stanton Glendale Pasadena El_Monte Monterey_Park Alhambra Pomona "
    "Ontario Fontana Rialto Moreno_Valley Corona Chula_Vista El_Cajon Escondido Oceanside Oxnard Ventura Santa_Maria "
    "Salinas Merced Modesto Tulare Visalia Hanford Calexico El_Centro Indio Lancaster Palmdale Compton South_Gate "
    "Inglewood Torrance Fairfield Vallejo Santa_Rosa Richmond Antioch Hayward Fremont Chico Redding";

static const char street_names[] =
    "Main 1st 2nd Harbor Euclid Brookhurst Magnolia Beach Bolsa Westminster Chapman Katella Lincoln Ball Orangewood "
    "Garden_Grove Edinger McFadden Bristol Flower Ross Broadway Sycamore Grand Washington Civic_Center Fairview Raitt "
    "Sullivan Newhope Ward Hazard Trask Lampson Cerritos Orange Walnut Palm Cypress Olive Lemon Citrus Maple Oak Elm "
    "Pine Cedar Birch Willow Chestnut Spruce Acacia Jacaranda Eucalyptus Pepper Laurel Mulberry Poplar Hickory Alder "
    "Ash "
    "3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th 13th 14th 15th 16th 17th 18th 19th 20th 21st 22nd 23rd 24th 26th 28th "
    "30th "
    "Park Lake Hill Spring River Canyon Valley Mountain_View Ocean_View Sunset Sunrise Mission San_Pedro San_Pablo "
    "San_Juan "
    "Santa_Fe Santa_Clara Santa_Barbara Santa_Monica Las_Flores Las_Palmas Los_Alisos La_Paz La_Palma La_Veta "
    "El_Camino_Real "
    "El_Toro Del_Mar Del_Rio Vista_Del_Lago Via_Lomas Camino_Capistrano Avenida_Pico Calle_Juarez Paseo_De_Valencia "
    "Rancho "
    "Alameda Vermont Western Normandie Figueroa Pico Olympic Wilshire Melrose Slauson Florence Imperial Rosecrans "
    "Artesia "
    "Compton Atlantic Garfield Whittier Telegraph Slater Warner Heil Talbert Ellis Adams Jefferson Madison Monroe "
    "Jackson "
    "Harrison Tyler Polk Taylor Grant Hayes Cleveland McKinley Roosevelt Wilson Kennedy Martin_Luther_King_Jr "
    "Cesar_Chavez "
    "Foothill Arrow Baseline Highland Mill Rialto Cactus Perris Alessandro Heacock Ironwood Cottonwood Sherman Vanowen "
    "Saticoy Roscoe Nordhoff Reseda Balboa Sepulveda Kester Tyrone Fulton Coldwater_Canyon Laurel_Canyon Lankershim "
    "Tujunga "
    "Blackstone Shields Clinton Kings_Canyon Tulare Ventura Belmont Olive_Tree Fruitridge Stockton Franklin Florin "
    "Mack Center "
    "Freeport Land_Park Story King Tully Senter Monterey Bascom Winchester Hamilton Hillsdale Capitol White Alum_Rock "
    "McKee "
    "International MacArthur Foothill_Park Fruitvale High Seminary Bancroft Geary Judah Noriega Taraval Ocean Alemany "
    "Geneva "
    "Silver Third Potrero Valencia Guerrero Dolores Church Castro Clipper Union Chester Niles Truxtun Brundage Ming "
    "Wible Oleander "
    "Rose Lily Daisy Violet Iris Tulip Jasmine Camellia Azalea Gardenia Bluebell Poppy Meadow Brookside Woodland Glen "
    "Fern Hawthorne";

static const char *const types[][2] = {
    {"St", "Street"}, {"Ave", "Avenue"}, {"Blvd", "Boulevard"}, {"Dr", "Drive"}, {"Ln", "Lane"},     {"Way", "Way"},
    {"Ct", "Court"},  {"Pl", "Place"},   {"Cir", "Circle"},     {"Rd", "Road"},  {"Ter", "Terrace"},
};
static const char *const directions[][2] = {{"", ""}, {"N", "North"}, {"S", "South"}, {"E", "East"}, {"W", "West"}};

enum { TYPES = sizeof types / sizeof *types, UNIT_PER_MILLE = 330 };

enum ho_status ho_crowd_places_init(struct ho_crowd_places *places, struct ho_error *error)
{
    enum ho_status status = ho_crowd_pool_init(&places->streets, street_names, 300, error);
    if (status == HO_OK)
        status = ho_crowd_pool_init(&places->cities, city_names, 60, error);
    assert(status != HO_OK || places->cities.n == sizeof places_of / sizeof *places_of);
    return status;
}

void ho_crowd_places_cleanup(struct ho_crowd_places *places)
{
    ho_crowd_pool_cleanup(&places->streets);
    ho_crowd_pool_cleanup(&places->cities);
}

static uint32_t count(const char *list)
{
    uint32_t n = 1;
    for (; *list; list++)
        n += *list == ' ';
    return n;
}

static void draw_unit(struct ho_sim_random *random, char out[7])
{
    uint32_t number = 1 + ho_sim_random_below(random, ho_sim_random_chance(random, 600) ? 40 : 399);
    char text[7] = "";
    size_t n = 0;
    for (uint32_t unit = 100; unit > 0; unit /= 10)
        if (number >= unit)
            text[n++] = (char)('0' + number / unit % 10);
    if (ho_sim_random_chance(random, 180))
        text[n++] = (char)('A' + ho_sim_random_below(random, 8));
    memcpy(out, text, sizeof text);
}

void ho_crowd_home_draw(const struct ho_crowd_places *places, struct ho_sim_random *random, struct ho_crowd_home *out)
{
    *out = (struct ho_crowd_home){.number = 100 + ho_sim_random_below(random, 900)};
    if (ho_sim_random_chance(random, 750))
        out->number = 1000 + ho_sim_random_below(random, 14000);
    out->street = ho_crowd_pool_draw(&places->streets, random);
    out->city = ho_crowd_pool_draw(&places->cities, random);
    out->zip = (uint8_t)ho_sim_random_below(random, count(places_of[out->city].zips));
    uint32_t type = ho_sim_random_below(random, 24);
    out->type = (uint8_t)(type < TYPES ? type : type % 2);
    if (ho_sim_random_chance(random, 350))
        out->direction = (uint8_t)(1 + ho_sim_random_below(random, 4));
    if (ho_sim_random_chance(random, UNIT_PER_MILLE))
        draw_unit(random, out->unit);
}

static void append(char *out, const char *text)
{
    ho_crowd_append(out, HO_CROWD_ADDRESS_BYTES, text);
}

static void append_number(char *out, uint32_t number)
{
    char text[12];
    size_t at = sizeof text - 1;
    text[at] = '\0';
    do
        text[--at] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    append(out, text + at);
}

static void append_street(const struct ho_crowd_places *places, const struct ho_crowd_home *home,
                          enum ho_crowd_form form, char *out)
{
    bool spelt = form == HO_CROWD_LONG;
    append_number(out, home->number);
    append(out, " ");
    if (home->direction && form != HO_CROWD_TYPELESS) {
        append(out, directions[home->direction][spelt]);
        append(out, form == HO_CROWD_DOTTED ? ". " : " ");
    }
    append(out, places->streets.words[home->street]);
    if (form == HO_CROWD_TYPELESS)
        return;
    append(out, " ");
    append(out, types[home->type][spelt || form == HO_CROWD_UNIT]);
    if (form == HO_CROWD_DOTTED)
        append(out, ".");
}

void ho_crowd_home_address(const struct ho_crowd_places *places, const struct ho_crowd_home *home,
                           enum ho_crowd_form form, char out[HO_CROWD_ADDRESS_BYTES])
{
    static const char *const unit_words[] = {" Apt ", " Apartment ", ", #", " ", " Unit ", " Apt "};
    out[0] = '\0';
    if (form == HO_CROWD_LEADING) {
        if (home->unit[0]) {
            append(out, "Apt ");
            append(out, home->unit);
            append(out, ", ");
        }
        append_street(places, home, form, out);
        return;
    }
    append_street(places, home, form, out);
    if (!home->unit[0])
        return;
    append(out, unit_words[form]);
    append(out, home->unit);
}

const char *ho_crowd_home_city(const struct ho_crowd_places *places, const struct ho_crowd_home *home)
{
    return places->cities.words[home->city];
}

static void nth_zip(const struct ho_crowd_home *home, uint32_t n, char out[HO_CROWD_ZIP_BYTES])
{
    memcpy(out, places_of[home->city].zips + (size_t)n * HO_CROWD_ZIP_BYTES, HO_CROWD_ZIP_BYTES - 1);
    out[HO_CROWD_ZIP_BYTES - 1] = '\0';
}

void ho_crowd_home_zip(const struct ho_crowd_home *home, char out[HO_CROWD_ZIP_BYTES])
{
    nth_zip(home, home->zip, out);
}

void ho_crowd_home_zip_beside(const struct ho_crowd_home *home, char out[HO_CROWD_ZIP_BYTES])
{
    nth_zip(home, (home->zip + 1U) % count(places_of[home->city].zips), out);
}

uint64_t ho_crowd_home_phone(const struct ho_crowd_home *home, struct ho_sim_random *random)
{
    const char *areas = places_of[home->city].areas;
    const char *area = areas + (size_t)ho_sim_random_below(random, count(areas)) * 4;
    uint64_t number = 0;
    for (int i = 0; i < 3; i++)
        number = number * 10 + (uint64_t)(area[i] - '0');
    number = number * 1000 + 200 + ho_sim_random_below(random, 800);
    return number * 10000 + ho_sim_random_below(random, 10000);
}
