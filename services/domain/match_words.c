// The lists are read once into one hash table.
#include "match_words.h"

#include <assert.h>
#include <stdlib.h>

// Forms of one given name that one person goes by; a bar parts the names of languages, which twins may bear side by
// side. Written for California: English, Spanish and what is usual for immigrants' names in both.
// clang-format off
static const char *const NAME_GROUPS[] = {
    "robert bob bobby rob robbie robby bert | roberto beto rob", "william bill billy will willie willy wm | liam | guillermo memo",
    "richard rick ricky rich richie dick | ricardo rick ricky", "james jim jimmy jamie jas | jaime jamie", "john johnny jon jack jonny | juan juanito",
    "jonathan jon jonathon johnathan johnny nathan", "michael mike mikey mick micky micheal | miguel mike mickey | mikhail mike",
    "thomas tom tommy thom | tomas tom tommy", "charles charlie chuck charly chas | carlos carlitos charlie", "joseph joe joey | jose pepe joe chepe | josef yosef joe",
    "david dave davey davy | davit dave", "daniel dan danny | danilo dan danny", "edward ed eddie eddy ned ted teddy | eduardo lalo eddie ed",
    "edwin ed eddie", "edgar ed eddie", "anthony tony | antonio tono tony | anton tony", "andrew andy drew | andres andy | andre andy",
    "matthew matt mathew | mateo matt | matthias matt", "mark marc | marcos | marcus marc | marco", "steven steve stephen stevie stephan | esteban steve | stefan steve",
    "kenneth ken kenny", "george georgie | jorge george | giorgio", "paul | pablo | pavel", "peter pete | pedro perico | petros pete", "frank francis frankie | francisco paco pancho cisco frank | franco",
    "franklin frank", "gregory greg gregg | gregorio greg", "lawrence larry laurence lawrance | lorenzo larry", "ramon moncho","raymond ray | ramon ray | raymundo ray",
    "ronald ron ronnie ronny | rolando", "donald don donnie donny", "timothy tim timmy | timoteo", "jeffrey jeff geoffrey jeffery geoff",
    "gerald jerry gerry | gerardo jerry lalo | gerard gerry jerry", "jerome jerry | geronimo", "nicholas nick nicky nicolas nickolas nikolas nico",
    "alexander alex al alec xander alexandre | alejandro alex jano ale | aleksandr sasha alex | alessandro", "benjamin ben benny benji",
    "samuel sam sammy", "patrick pat paddy | patricio", "christopher chris kris kit topher kristopher cris | cristobal chris",
    "christian chris cristian kristian", "joshua josh", "jacob jake | jacobo | yakov", "zachary zach zack zachariah zac",
    "nathaniel nate nathan nathanael", "phillip phil philip | felipe", "stanley stan", "walter walt wally", "henry hank harry | enrique kike quique | henri",
    "harold harry hal", "balwinder bindy","arthur art artie | arturo art", "albert al bert | alberto beto al", "alfred al fred freddie | alfredo fred freddy freddie fredy", "frederick fred freddie freddy fredrick | federico",
    "theodore ted teddy theo | teodoro", "leonard leo len lenny", "leonardo leo nardo", "eugene gene | eugenio", "douglas doug",
    "russell russ rusty", "vincent vince vinny | vicente vince | vincenzo", "victor vic viktor", "louis lou louie | luis lou guicho | lewis lou", "bernard bernie | bernardo", "clifford cliff",
    "clinton clint", "curtis curt kurt", "dennis denny", "dominic dom nick dominick | domingo", "ernest ernie | ernesto neto ernie", "gabriel gabe gabi",
    "isaac ike isaak", "jeremiah jerry | jeremias", "jesse jess", "jesus chuy chucho jesse", "joel joey", "leroy roy", "martin marty", "maurice moe | mauricio",
    "maxwell max", "maximilian max maximiliano", "melvin mel", "mitchell mitch", "morris moe", "norman norm", "oliver ollie", "oscar oskar", "randall randy", "reginald reggie", "roger rogelio",
    "salvador sal chava", "sidney sid sydney", "solomon sol", "terrence terry terence", "tyler ty", "wesley wes", "zebulon zeb", "abraham abe abram | ibrahim", "adam adan", "adrian adriano",
    "ignacio nacho iggy", "manuel manny manolo meno", "rafael rafa raphael", "raul raoul", "rodolfo rudy fito | rudolph rudy", "roman", "fernando nando nendo fernie nano | ferdinand", "hector tito", "javier xavier javi",
    "julian julio", "sergio checo | serge | sergei", "santiago chago", "alfonso poncho alphonso", "armando mando", "gilberto gil beto | gilbert gil", "humberto beto", "heriberto beto eri", "norberto beto", "rigoberto rigo beto", "adalberto beto", "leopoldo polo leo", "hipolito polo", "everardo evie", "gustavo gus tavo", "octavio tavo", "ruben rube reuben", "refugio cuco", "emiliano emi", "emilio emi | emil", "eliseo cheo", "efrain efren", "cesar caesar", "israel isra", "moises moses moishe", "aaron aron", "elijah eli elias", "mohammed muhammad mohamed mohammad mohamad muhammed mo", "ahmed ahmad", "ali aly", "hassan hasan", "hussein hossein husain hussain", "youssef yusuf yousef | joseph", "yaqub | jacob", "dmitri dmitry dimitri dima", "vladimir vlad volodymyr", "sergey sergei", "aleksey alexei alexey", "armen armenak", "hovhannes ovanes | john", "garabed karapet garo", "krikor grigor | gregory", "hagop hakob jack | jacob", "sarkis sarkis sako",
    "maricel cel","mary molly polly mae | maria | marie", "maria ma mari", "elizabeth liz beth betty betsy lizzie eliza elisabeth libby bess bette | isabel | elisa lisa | lisa | elsie", "isabel chabela izzy ysabel | isabella bella izzy | isabelle izzy bella", "margaret maggie peggy meg marge margie peg greta madge | margarita", "margarita rita mago marge", "patricia pat patty patti trish tricia pati", "jennifer jen jenny jenn jenifer", "katherine kathy kate katie kathryn catherine cathy kay kat katy kitty kathrine katharine cathryn | catalina | catarina", "kathleen kathy kate katie cathleen", "barbara barb barbie babs", "susan sue susie suzy suzie | suzanne sue suzy | susana", "susana susan sue", "deborah debbie deb debora | debra debbie deb", "dorothy dot dottie | dorotea | dorothea", "sandra sandy sandi", "alexandra alex lexi lexie sandra sasha | alejandra ale alex | alexa alex lexi", "alejandra ale alexandra", "rebecca becky becca rebekah rebeca", "christina chris tina chrissy cristina kristina | christine chris kristine chrissy | kristin kristen kris | kirsten", "christine chrissy tina", "pamela pam", "cynthia cindy cyndi cintia", "carolyn carol lynn | caroline carol carrie | carolina", "carol carole", "janet jan", "jeanette jean", "jacqueline jackie jacquelyn jaqueline jacki", "judith judy judi", "nancy nan", "victoria vicky vicki tori vickie viki", "theresa teresa terry tere terri tess teri tete tessie","teresita tess tete", "veronica vero ronnie ronni roni", "valerie val | valeria val", "amanda mandy", "angela angie | angelina angie", "angelica angie", "ann anne annie | anna ana", "anna ana annie | anya", "annette ann", "antoinette toni | antonia toni", "antonia toni tona", "beatrice bea trixie | beatriz bea", "beatriz bea betty", "bernadette bernie", "bonita bonnie", "candace candy", "cassandra cassie", "cecilia ceci cissy cecelia", "charlotte charlie lottie carlota", "clara clarita | claire clare", "constance connie", "carmen carmelita carmela","corazon cora cory","imelda mel","alicia licha | alice","alicia ali","natalya natasha","tatyana tanya tania","mariam maryam miriam","yevgeniy evgeny zhenya | eugene","harpreet harry | harry","gurpreet guri preet","manpreet mani","jaspreet jas","mandeep mandy","mohammad mike moe | mike","reza ray","ana anita","rosario charo chayo","encarnacion chonita","purificacion puri","milagros mila","marites tess","maria tess","remedios remy","rosalia rosa","edgardo gary","reynaldo rey ray reynold","rogelio roger","renato rene","florentino tino","faustino tino","constantino tino","celestino tino","valentin val tino","agustin tin gus | augustine gus","crescencio chencho","inocencio chencho","lorenzo lencho larry","florencio lencho","gregorio goyo","ezequiel cheque","isidro chilo","dagoberto beto","edilberto beto","filiberto beto","roberto tito","ernestina tina","martina tina","valentina tina vale","clementina tina","faustina tina","florentina tina","cristina cris","emmanuel manny manu | manuel","susana sussy","griselda gris","esmeralda esme","elizabeth eli","elvira vira","bertha berta","herminia mina","guillermina mina memina","delfina fina","rufina fina","enriqueta queta","enedina nina","antonina nina","marina nina","catarina nina","asuncion chona","natividad nati","maximino max","pilar pili","raquel keka","francisca panchita","gevork gevorg | george","vahagn vahan","artashes artak","ruzanna rose","siranush siran","anahit ana",
    "concepcion concha conchita connie", "consuelo chelo connie", "danielle dani | daniela dani", "diana dianna | diane dianne", "dolores lola loly", "eleanor ellie nora | eleanora nora", "elena lena | helena lena | helen | ellen", "helen nell | ellen ellie nell", "emily em emmy emilie | emilia", "esperanza espe | hope", "esther ester hester", "evelyn eve evelin", "eva evita | eve evie", "florence flo | florencia", "frances fran frankie | francisca", "francisca paca pancha fran", "gabriela gaby gabi gabby gabriella | gabrielle gabby gabi", "genevieve gen jenny", "gloria glo", "graciela chela | grace", "gracie grace", "guadalupe lupe lupita", "gwendolyn gwen", "harriet hattie", "irene rene", "jessica jess jessie jessy", "joan | joanne joann jo | joanna jo", "josephine jo josie | josefina josie | josefa", "josefina josie fina chepina pina", "juana juanita | jane | joan", "jane janie", "julia julie", "juliana julie", "julieta julie | juliet", "kimberly kim kimberley kimmie", "laura laurie lori", "leticia lety letty letitia", "lillian lily lillie lilian | liliana lily", "linda lindy", "lorraine lori | lorena", "lourdes lulu", "louise lou | luisa", "lucia lucy | lucille lucy", "luz lucy", "madeline maddie madeleine madelyn | magdalena", "magdalena magda lena maggie", "marilyn mari", "maribel mari", "maricela mari marisela", "marisol mari", "martha marty | marta", "matilda tillie mattie", "melanie mel", "melissa mel missy lissa", "mercedes meche mercy", "michelle shelly michele chelle", "mildred millie", "minerva minnie", "monica moni monique", "natalie nat nathalie | natalia nat", "nicole nikki nicki", "olivia liv", "olga olya", "pauline | paulina", "penelope penny", "phyllis phil", "priscilla pris cilla", "rachel rae rachael | raquel", "ramona mona", "raquel rachel", "regina gina reggie", "rosa rose rosie rosita", "rosario chayo", "rosemary rose rosie rosemarie", "roxanne roxy roxana", "ruth ruthie", "sabrina bri", "samantha sam sammie", "sara sarah | sally | sadie", "sheila shelia", "shirley shirl", "silvia sylvia", "socorro coco", "sofia sophia | sophie", "soledad chole", "stephanie steph stefanie steffi | estefania estefani", "tamara tammy", "tatiana tania tanya", "teodora dora", "theodora dora", "tiffany tiff", "trinidad trini", "ursula ulla", "vanessa nessa", "virginia ginny ginger gina", "vivian viv", "wilhelmina mina", "winifred winnie", "yesenia jessenia yesi jesenia", "yolanda yoli yola", "svetlana sveta lana", "ekaterina katya | catherine", "yelena lena | elena", "fatima fatma fatimah fatemeh fatema fatimeh", "khadija khadijah", "araceli celi", "hortensia tencha", "ines inez | agnes", "inocencia chencha", "reyna reina", "rocio chio", "ximena jimena", "xiomara",
    "jayden jaden", "aidan aiden", "caitlin kaitlyn katelyn", "brian bryan", "sean shawn shaun", "erik eric erick", "carl karl", "alan allen allan al", "glen glenn", "geoffrey jeffrey", "jeremy jeremiah", "teri terri", "tracy tracey", "stacy stacey | anastasia stacy", "lindsay lindsey", "kelly kelley", "lori laurie", "sherry sheri cheryl cherie", "gail gayle", "haley hailey hayley", "ashley ashlee ashleigh", "brittany britney brittney", "crystal krystal", "megan meghan meagan", "erica erika", "monika monica", "yvonne ivonne", "yvette ivette", "javier xavier", "geovanni giovanni jovani", "hector ector", "phuong phoung", "lidia lydia", "raymundo ray", "vivianne vivian", "jazmin jasmine yazmin jasmin yasmin", "briana brianna", "liliana lily", "aurora rory",
    "luis lucho", "guadalupe pita", "madison maddie maddy", "erlinda linda", "isaiah zay ike", "destiny desi", "desiree desi", "andrew andy | andrei",
    "jasmine jas jazz", "olivia livvy livia", "abigail abby abbie gail", "jennifer yenifer yennifer", "jorge coque", "evelyn evie lyn",
    "gabriella gabriela ella", "jonathan john jonny", "gabriel gaby", "omar umar", "barbara bobbie", "roberta bobbie", "joaquin quino",
    "jaspreet jassi jassy", "mary | mariam", "leila layla leyla laila", "alejandra jandra", "harpreet preeti", "rajinder raju", "rajesh raju",
    "beatriz bety", "elizabeth bety", "darius dariush", "francisco kiko", "surinder shinda", "romeo romy", "sukhwinder sukhi", "rolando rolly",
    "balwinder bill", "fernanda nanda fer", "dorothy dolly", "dolores dolly lolita", "raul | ralph", "rafael | ralph", "patricia patsy",
    "latoya toya", "latasha tasha", "natasha tasha", "terrell rell", "adolfo fito", "geraldine gerry", "lakeisha keisha", "charles chip",
    "lakshmi laxmi", "rogelio roy", "andre dre", "josefina pepa", "ernestine ernie", "araceli cheli ari", "ariana ari", "alexandria alex lexi lexie",
    "viktor vitya", "refugio cuca", "ibrahim ebrahim", "isabel chavela", "carmelita lita", "zainab zeinab zaynab", "gevorg kevork", "cornelius neil",
    "alfonso al", "demetrius meech", "maurice mo",
};

static const struct {
    unsigned kind;
    const char *words;
} KINDS[] = {
    {HO_WORD_UNKNOWN, "unknown unk unkn uknown unidentified unident anonymous anon noname nofirstname nolastname fnu lnu nfn nln none null "
                      "notgiven nogiven refused notprovided xx xxx xxxx xxxxx trauma traumapt nobody undisclosed unavailable unresponsive doejohn"},
    {HO_WORD_UNKNOWN_ALONE, "na"},
    {HO_WORD_TEST, "test testing tester testpatient testpt patienttest zztest zzztest ztest ztestpatient zztestpatient zzz zzzz zz ztst dummy dummypatient "
                   "donotuse fakepatient"},
    {HO_WORD_BABY, "baby babyboy babygirl bboy bgirl bg bb newborn nb infant neonate boy girl babyb babyg babya babymale babyfemale infantboy "
                   "infantgirl nbm nbf"},
    {HO_WORD_PARTICLE, "de del la las los da das dos do di du le van von der den ter vander el al bin ibn abu san santa st mac mc y e"},
    {HO_WORD_FILLER, "thi van"},
    {HO_WORD_TITLE, "mr mrs ms miss dr sr. rev prof don dona"},
    {HO_WORD_STREET, "street st avenue ave av road rd drive dr lane ln boulevard blvd blv court ct place pl circle cir crescent cres way wy terrace ter tce "
                     "parkway pkwy highway hwy square sq trail trl alley aly loop plaza plz close cl grove gr parade pde north south east west n s e w ne nw se "
                     "sw northeast northwest southeast southwest"},
    {HO_WORD_UNIT, "apt apartment unit ste suite spc space rm room lot bldg building trlr fl floor no num"},
    {HO_WORD_NO_HOME, "homeless transient unhoused nofixed nfa undomiciled generaldelivery noaddress"},
    {HO_WORD_SUFFIX, "jr junior sr senior ii iii iv 2nd 3rd 4th v"},
};
// clang-format on

enum { SLOTS = 4096, LONGEST = 15 };

struct entry {
    char text[LONGEST + 1];
    uint16_t kinds;
    struct ho_name_groups groups;
};

struct ho_words {
    uint16_t tags[SLOTS]; // of the hash, 0 free: most words that are asked for are not there, and no entry is read
    struct entry entries[SLOTS];
    size_t n;
};

static uint32_t hash(struct ho_bytes word)
{
    uint32_t h = 2166136261U;
    for (size_t i = 0; i < word.n; i++)
        h = (h ^ word.p[i]) * 16777619U;
    return h ^ (h >> 15);
}

static uint16_t tag_of(uint32_t hash)
{
    return (uint16_t)(hash >> 16 | 1);
}

// The word's entry, or the free one where it belongs.
static size_t place_of(const struct ho_words *words, struct ho_bytes word)
{
    uint32_t h = hash(word);
    size_t i = h % SLOTS;
    while (words->tags[i] && (words->tags[i] != tag_of(h) || !ho_bytes_is(word, words->entries[i].text)))
        i = (i + 1) % SLOTS;
    return i;
}

// NULL where the word is none of ours.
static const struct entry *find(const struct ho_words *words, struct ho_bytes word)
{
    if (word.n > LONGEST)
        return NULL;
    size_t i = place_of(words, word);
    return words->tags[i] ? &words->entries[i] : NULL;
}

static struct entry *put(struct ho_words *words, struct ho_bytes word)
{
    size_t i = place_of(words, word);
    struct entry *entry = &words->entries[i];
    if (!words->tags[i]) {
        assert(word.n <= LONGEST && ++words->n < SLOTS * 3 / 4);
        memcpy(entry->text, word.p, word.n);
        words->tags[i] = tag_of(hash(word));
    }
    return entry;
}

static bool next_word(const char **text, struct ho_bytes *word)
{
    *text += strspn(*text, " ");
    *word = ho_bytes_from(*text, strcspn(*text, " "));
    *text += word->n;
    return word->n > 0;
}

static void add_group(struct entry *entry, uint16_t id)
{
    for (int i = 0; i < HO_NAME_GROUPS; i++)
        if (!entry->groups.id[i] || entry->groups.id[i] == id) {
            entry->groups.id[i] = id;
            return;
        }
}

struct ho_words *ho_words_new(void)
{
    struct ho_words *words = calloc(1, sizeof *words);
    if (!words)
        abort();
    struct ho_bytes word;
    for (size_t g = 0; g < sizeof NAME_GROUPS / sizeof *NAME_GROUPS; g++) {
        uint16_t id = (uint16_t)((g + 1) * HO_NAME_LANGUAGES);
        for (const char *text = NAME_GROUPS[g]; next_word(&text, &word);)
            if (ho_bytes_is(word, "|"))
                id++;
            else
                add_group(put(words, word), id);
    }
    for (size_t k = 0; k < sizeof KINDS / sizeof *KINDS; k++)
        for (const char *text = KINDS[k].words; next_word(&text, &word);)
            put(words, word)->kinds |= (uint16_t)KINDS[k].kind;
    return words;
}

void ho_words_free(struct ho_words *words)
{
    free(words);
}

unsigned ho_word_kinds(const struct ho_words *words, struct ho_bytes word)
{
    const struct entry *entry = find(words, word);
    return entry ? entry->kinds : 0;
}

struct ho_name_groups ho_word_groups(const struct ho_words *words, struct ho_bytes word)
{
    const struct entry *entry = find(words, word);
    return entry ? entry->groups : (struct ho_name_groups){{0}};
}

char ho_word_suffix(const struct ho_words *words, struct ho_bytes word)
{
    static const struct {
        const char *word;
        char suffix;
    } SUFFIXES[] = {{"jr", 'J'},  {"junior", 'J'}, {"sr", 'S'}, {"senior", 'S'}, {"ii", '2'}, {"2nd", '2'},
                    {"iii", '3'}, {"3rd", '3'},    {"iv", '4'}, {"4th", '4'},    {"v", '5'}};
    if (!(ho_word_kinds(words, word) & HO_WORD_SUFFIX))
        return 0;
    for (size_t i = 0; i < sizeof SUFFIXES / sizeof *SUFFIXES; i++)
        if (ho_bytes_is(word, SUFFIXES[i].word))
            return SUFFIXES[i].suffix;
    return 0;
}
