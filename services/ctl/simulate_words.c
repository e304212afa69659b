#include "simulate_words.h"

#define COUNT(a) ((uint32_t)(sizeof(a) / sizeof((a)[0])))
#define LIST(a)                                                                                                        \
    {                                                                                                                  \
        (a), COUNT(a)                                                                                                  \
    }

// clang-format off
static const char *const spanish_surnames[] = {
    "García", "Hernández", "Martínez", "López", "González", "Rodríguez", "Pérez", "Sánchez", "Ramírez", "Flores",
    "Rivera", "Gómez", "Díaz", "Reyes", "Cruz", "Morales", "Ortiz", "Gutiérrez", "Chávez", "Ramos", "Ruiz",
    "Mendoza", "Álvarez", "Castillo", "Jiménez", "Vásquez", "Romero", "Moreno", "Herrera", "Medina", "Aguilar",
    "Vargas", "Castro", "Guzmán", "Méndez", "Fernández", "Muñoz", "Salazar", "Garza", "Soto", "Vega", "Rojas",
    "Delgado", "Contreras", "Espinoza", "Núñez", "Ibáñez", "Peña", "Cervantes", "Zamora", "Villaseñor", "Ochoa",
    "Barajas", "Cárdenas", "Zúñiga", "Quiñones", "Orozco", "Magaña", "Arellano", "De La Cruz", "Del Río", "Ávila",
};
static const char *const spanish_female[] = {
    "María", "Guadalupe", "Rosa", "Ana", "Carmen", "Teresa", "Leticia", "Yolanda", "Silvia", "Verónica", "Patricia",
    "Elena", "Lucía", "Gabriela", "Alejandra", "Mónica", "Adriana", "Beatriz", "Sofía", "Inés", "Graciela", "Irma",
    "Esperanza", "Dolores", "Margarita", "Socorro", "Araceli", "Maribel", "Xóchitl", "Begoña", "Ximena", "Camila",
    "María Elena", "Ana María", "Rosa Isela", "Luz Elena",
};
static const char *const spanish_male[] = {
    "José", "Juan", "Luis", "Carlos", "Jesús", "Miguel", "Francisco", "Antonio", "Manuel", "Jorge", "Javier",
    "Ricardo", "Roberto", "Fernando", "Raúl", "Sergio", "Arturo", "Ramón", "Rubén", "Andrés", "Héctor", "Óscar",
    "Martín", "Salvador", "Ignacio", "Ángel", "Iván", "Joaquín", "Emiliano", "Mateo", "Santiago", "Gerardo",
    "José Luis", "Juan Carlos", "Miguel Ángel", "Luis Enrique",
};

static const char *const vietnamese_surnames[] = {
    "Nguyen", "Tran", "Le", "Pham", "Huynh", "Hoang", "Phan", "Vu", "Vo", "Dang", "Bui", "Do", "Ngo", "Duong", "Ly",
    "Dinh", "Truong", "Lam", "Mai", "Trinh", "Doan", "Cao", "Luong", "Ha", "Thai", "Quach", "Tang", "Chau",
};
static const char *const vietnamese_female[] = {
    "Thi Lan", "Thi Hoa", "Ngoc Anh", "Thu", "Linh", "Huong", "Mai", "Phuong", "Thanh Thuy", "Kim Loan", "Hanh",
    "Tuyet", "Bich Ngoc", "My Linh", "Quynh", "Dung", "Nga", "Thao", "Van", "Yen", "Cam Tu", "Diem", "Trang", "Ha",
};
static const char *const vietnamese_male[] = {
    "Van Minh", "Van Hung", "Duc", "Tuan", "Quang", "Hieu", "Thanh", "Khanh", "Long", "Dung", "Minh Tri", "Bao",
    "Huu Phuoc", "Quoc Dat", "Son", "Tam", "Vinh", "Hai", "Cuong", "Anh Tuan", "Phuc", "Loc", "Trung", "Viet",
};

static const char *const chinese_surnames[] = {
    "Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Huang", "Zhao", "Wu", "Zhou", "Xu", "Sun", "Ma", "Zhu", "Lin",
    "Chang", "Chan", "Wong", "Lau", "Cheung", "Leung", "Ho", "Tsai", "Hsu", "Kuo", "Tseng", "Ng", "Fong",
};
static const char *const chinese_female[] = {
    "Mei", "Xiu Ying", "Li Hua", "Jing", "Yan", "Hui Fen", "Shu Fen", "Ling", "Xiao Mei", "Fang", "Qing", "Yu Lan",
    "Grace", "Vivian", "Pei Shan", "Su Zhen", "Ai Ling", "Yi Ting", "Min", "Hong",
};
static const char *const chinese_male[] = {
    "Wei", "Jun", "Jian Guo", "Ming", "Zhi Qiang", "Guo Liang", "Hao", "Chi Wai", "Kai", "Yong", "Feng", "Da Wei",
    "Kevin", "Raymond", "Shih Chieh", "Wen Bin", "Tao", "Kwok Keung", "Bo", "Xin",
};

static const char *const filipino_surnames[] = {
    "Santos", "Bautista", "Dela Cruz", "Villanueva", "Aquino", "Mercado", "Pascual", "Dizon", "Manalo", "Salonga",
    "Tolentino", "Macaraeg", "Pangilinan", "Lacson", "Abad", "Magsino", "Navarro", "Ocampo", "Evangelista",
    "Batungbakal", "Catacutan", "Dimaculangan", "Yabut", "Sumulong",
};
static const char *const filipino_female[] = {
    "Maricel", "Rowena", "Jocelyn", "Imelda", "Corazon", "Luzviminda", "Cristina", "Marites", "Analyn", "Rosario",
    "Divina", "Lourdes", "Arlene", "Gloria", "Teresita", "Cherry", "Mylene", "Evangeline",
};
static const char *const filipino_male[] = {
    "Rodrigo", "Ernesto", "Reynaldo", "Danilo", "Rommel", "Jun", "Benigno", "Renato", "Efren", "Noel", "Rogelio",
    "Alvin", "Crisanto", "Dante", "Arnel", "Edgardo", "Ferdinand", "Isagani",
};

static const char *const korean_surnames[] = {
    "Kim", "Lee", "Park", "Choi", "Jung", "Kang", "Cho", "Yoon", "Chang", "Lim", "Han", "Oh", "Seo", "Shin", "Kwon",
    "Hwang", "Ahn", "Song", "Hong", "Yoo", "Moon", "Bae",
};
static const char *const korean_female[] = {
    "Ji Young", "Soo Jin", "Mi Kyung", "Eun Ju", "Hye Won", "Young Ja", "Sun Hee", "Min Ji", "Kyung Hee", "Bo Ra",
    "In Sook", "Jung Ah", "Yeon", "Esther", "Grace", "Hae Won", "Na Young", "Sook Ja",
};
static const char *const korean_male[] = {
    "Min Ho", "Jae Hyun", "Sung Ho", "Young Ho", "Dong Wook", "Seung Min", "Kyung Soo", "Hyun Woo", "Jin", "Tae Sik",
    "Chul Soo", "Byung Chul", "Daniel", "Paul", "Joon", "In Ho", "Sang Hoon", "Won Bin",
};

static const char *const armenian_surnames[] = {
    "Petrosyan", "Sargsyan", "Hakobyan", "Grigoryan", "Avetisyan", "Khachaturian", "Manukyan", "Torosyan",
    "Keshishian", "Boghosian", "Arakelyan", "Minasyan", "Danielyan", "Galstyan", "Vardanyan", "Yeghiazaryan",
};
static const char *const armenian_female[] = {
    "Anahit", "Karine", "Hasmik", "Lusine", "Gayane", "Armine", "Nune", "Siranush", "Ani", "Mariam", "Tamar", "Zabel",
};
static const char *const armenian_male[] = {
    "Armen", "Hovhannes", "Tigran", "Garegin", "Vahan", "Ara", "Hrant", "Levon", "Gagik", "Narek", "Aram", "Sarkis",
};

static const char *const persian_surnames[] = {
    "Ahmadi", "Hosseini", "Mohammadi", "Karimi", "Rahimi", "Tehrani", "Shirazi", "Farahani", "Jafari", "Moradi",
    "Kazemi", "Sadeghi", "Rostami", "Ebrahimi", "Bahrami", "Golshan", "Yazdani", "Pourmand", "Azadi", "Nazari",
};
static const char *const persian_female[] = {
    "Maryam", "Shirin", "Parisa", "Nasrin", "Zahra", "Leila", "Mahnaz", "Farideh", "Roya", "Soraya", "Azadeh",
    "Niloufar", "Minoo", "Ladan", "Golnaz",
};
static const char *const persian_male[] = {
    "Reza", "Ali", "Hossein", "Mehdi", "Farhad", "Dariush", "Kamran", "Bahram", "Siamak", "Behrouz", "Cyrus",
    "Mohsen", "Ramin", "Arash", "Houshang",
};

static const char *const arabic_surnames[] = {
    "Haddad", "Khoury", "Nasser", "Mansour", "Saleh", "Hamdan", "Qasim", "Awad", "Darwish", "Najjar", "Sabbagh",
    "Farouk", "Zayed", "Barakat", "Tawfik", "Shaheen",
};
static const char *const arabic_female[] = {
    "Fatima", "Amal", "Layla", "Huda", "Samira", "Rania", "Noor", "Mona", "Salma", "Hanan", "Dina", "Yasmin",
};
static const char *const arabic_male[] = {
    "Ahmad", "Omar", "Khalid", "Yousef", "Hassan", "Ibrahim", "Tariq", "Samir", "Mahmoud", "Bilal", "Nabil", "Karim",
};

static const char *const african_american_surnames[] = {
    "Washington", "Jefferson", "Booker", "Banks", "Jackson", "Robinson", "Coleman", "Gaines", "Dorsey", "Mosley",
    "Battle", "Ransom", "Hairston", "Whitfield", "Sims", "Pettway", "Rivers", "Broussard", "Guidry", "Tolliver",
    "Merriweather", "Culpepper", "Stokes", "Boykin",
};
static const char *const african_american_female[] = {
    "Keisha", "Latoya", "Ebony", "Tamika", "Aaliyah", "Imani", "Precious", "Denise", "Yvette", "Monique", "Shanice",
    "Loretta", "Earline", "Bernice", "Nia", "Jasmine", "Tanisha", "Ruby", "Odessa", "Regina",
};
static const char *const african_american_male[] = {
    "Darnell", "Tyrone", "Jamal", "Marcus", "Andre", "Malik", "Terrence", "DeShawn", "Reginald", "Cedric", "Isaiah",
    "Otis", "Cornelius", "Roosevelt", "Maurice", "Lamar", "Demetrius", "Curtis", "Elijah", "Clarence",
};

static const char *const anglo_surnames[] = {
    "Smith", "Johnson", "Williams", "Brown", "Jones", "Miller", "Davis", "Wilson", "Anderson", "Taylor", "Thomas",
    "Moore", "Martin", "Thompson", "White", "Harris", "Clark", "Lewis", "Walker", "Hall", "Allen", "Young", "King",
    "Wright", "Scott", "Green", "Baker", "Adams", "Nelson", "Carter", "Mitchell", "Roberts", "Turner", "Phillips",
    "Campbell", "Parker", "Evans", "Edwards", "Collins", "O'Brien", "O'Connor", "McCarthy", "MacLeod", "Schneider",
    "Kowalski", "Rossi", "Lindqvist", "Van Dyke", "St. Clair", "Fitzgerald", "Hargrove", "Whitcomb", "Ashdown",
    "Penhaligon", "Thistlewood", "Beaumont", "Larkspur", "Winterbourne",
};
static const char *const anglo_female[] = {
    "Mary", "Linda", "Barbara", "Susan", "Karen", "Nancy", "Betty", "Sandra", "Donna", "Carol", "Sharon", "Deborah",
    "Jennifer", "Jessica", "Ashley", "Emily", "Hannah", "Megan", "Laura", "Rebecca", "Katherine", "Elizabeth",
    "Dorothy", "Shirley", "Judith", "Pamela", "Christine", "Renée", "Chloé", "Heather", "Olivia", "Harper", "Zoe",
};
static const char *const anglo_male[] = {
    "James", "John", "Robert", "Michael", "William", "David", "Richard", "Joseph", "Charles", "Thomas", "Christopher",
    "Daniel", "Matthew", "Mark", "Donald", "Steven", "Andrew", "Kenneth", "George", "Edward", "Brian", "Ronald",
    "Timothy", "Jason", "Gary", "Ryan", "Eric", "Walter", "Harold", "Dylan", "Logan", "Wyatt",
};

static const char *const south_asian_surnames[] = {
    "Patel", "Singh", "Sharma", "Gupta", "Kaur", "Reddy", "Iyer", "Chowdhury", "Desai", "Mehta", "Rao", "Nair",
    "Khan", "Hussain", "Banerjee", "Fernando",
};
static const char *const south_asian_female[] = {
    "Priya", "Anjali", "Sunita", "Lakshmi", "Harpreet", "Meera", "Kavita", "Asha", "Deepa", "Nisha", "Ayesha", "Rekha",
};
static const char *const south_asian_male[] = {
    "Raj", "Amit", "Sanjay", "Gurpreet", "Vikram", "Anil", "Ravi", "Suresh", "Imran", "Arjun", "Harjit", "Mohan",
};

static const char *const khmer_surnames[] = {
    "Sok", "Chea", "Keo", "Phan", "Meas", "Nhem", "Prak", "Sann", "Touch", "Yim", "Chhim", "Khiev",
};
static const char *const khmer_female[] = {
    "Sophea", "Bopha", "Chanthy", "Kunthea", "Sreymom", "Thida", "Maly", "Rachana", "Sokha", "Vanna",
};
static const char *const khmer_male[] = {
    "Sophal", "Vuthy", "Rithy", "Samnang", "Dara", "Bunthoeun", "Kosal", "Phirun", "Sovann", "Veasna",
};

static const char *const streets[] = {
    "Alder Bend Ave", "Avocado Grove St", "Bluejay Ct", "Calle Amapola", "Calle del Faro", "Camino Perdido",
    "Citrus Row", "Copper Mesa Dr", "Dry Wash Rd", "Eucalyptus Walk", "Fig Orchard Ln", "Gull Point Dr",
    "Heron Marsh Way", "Jacaranda Loop", "Kestrel St", "Lantern Hill Rd", "Madrone Ave", "Old Packinghouse Rd",
    "Paseo del Molino", "Pelican Slip", "Quail Covey Ct", "Ranch Gate Rd", "Sagebrush Ter", "Sandpiper Ln",
    "Sugar Beet St", "Tidewater Pl", "Toyon Way", "Via Golondrina", "Walnut Siding Ave", "Windrow Pl",
};

static const char *const units[] = {
    "ED", "EDFAST", "MED3", "MED4", "TELE", "ICU", "SURG5", "ORTHO2", "OBS", "CDU", "CLINIC", "LAB", "IMAGING", "INFUSION",
    "WEST", "EAST", "REHAB",
};

static const char *const doctors[] = {
    "ABERNATHY^LOIS", "BALAKRISHNAN^UMA", "CASTELLANOS^BRUNO", "DUONG^HENRY", "EKWUEME^ADA", "FARROW^SIMON",
    "GOLDBLATT^MIRIAM", "HAKIMI^NASIM", "IWASAKI^KEN", "JOHANSSEN^BRITT", "KHOSHAFIAN^RAZMIG", "LARIOS^PILAR",
    "MACIEL^TOBIAS", "NGUYEN^CATHERINE", "OYELARAN^FEMI", "PACHECO^DIANA", "QUIROGA^ESTEBAN", "ROWNTREE^ALICE",
};

const struct ho_sim_culture ho_sim_cultures[] = {
    {LIST(spanish_surnames), LIST(spanish_female), LIST(spanish_male), "es", 360, 620, 550, 250, ' '},
    {LIST(vietnamese_surnames), LIST(vietnamese_female), LIST(vietnamese_male), "vi", 130, 750, 0, 150, ' '},
    {LIST(chinese_surnames), LIST(chinese_female), LIST(chinese_male), "zh", 50, 600, 0, 50, ' '},
    {LIST(filipino_surnames), LIST(filipino_female), LIST(filipino_male), "tl", 45, 350, 40, 500, '-'},
    {LIST(korean_surnames), LIST(korean_female), LIST(korean_male), "ko", 45, 650, 0, 20, ' '},
    {LIST(armenian_surnames), LIST(armenian_female), LIST(armenian_male), "hy", 15, 600, 0, 50, ' '},
    {LIST(persian_surnames), LIST(persian_female), LIST(persian_male), "fa", 35, 600, 0, 50, ' '},
    {LIST(arabic_surnames), LIST(arabic_female), LIST(arabic_male), "ar", 25, 550, 0, 150, ' '},
    {LIST(african_american_surnames), LIST(african_american_female), LIST(african_american_male), "en", 45, 0, 30, 600,
     '-'},
    {LIST(anglo_surnames), LIST(anglo_female), LIST(anglo_male), "en", 215, 0, 50, 650, '-'},
    {LIST(south_asian_surnames), LIST(south_asian_female), LIST(south_asian_male), "pa", 20, 300, 0, 100, ' '},
    {LIST(khmer_surnames), LIST(khmer_female), LIST(khmer_male), "km", 15, 650, 0, 20, ' '},
};
const uint32_t ho_sim_n_cultures = COUNT(ho_sim_cultures);

const struct ho_sim_city ho_sim_cities[] = {
    {"Anaheim", {"92801", "92802", "92804", "92805"}},
    {"Santa Ana", {"92701", "92703", "92704", "92707"}},
    {"Garden Grove", {"92840", "92841", "92843", "92844"}},
    {"Westminster", {"92683", NULL, NULL, NULL}},
    {"Fullerton", {"92831", "92832", "92833", NULL}},
    {"Orange", {"92865", "92867", "92868", "92869"}},
    {"Costa Mesa", {"92626", "92627", NULL, NULL}},
    {"Huntington Beach", {"92646", "92647", "92648", "92649"}},
    {"Irvine", {"92602", "92612", "92614", "92620"}},
    {"Tustin", {"92780", "92782", NULL, NULL}},
    {"Fountain Valley", {"92708", NULL, NULL, NULL}},
    {"Lake Forest", {"92630", NULL, NULL, NULL}},
    {"Mission Viejo", {"92691", "92692", NULL, NULL}},
    {"Placentia", {"92870", NULL, NULL, NULL}},
    {"Brea", {"92821", "92823", NULL, NULL}},
    {"San Clemente", {"92672", "92673", NULL, NULL}},
    {"San Juan Capistrano", {"92675", NULL, NULL, NULL}},
    {"Laguna Hills", {"92653", NULL, NULL, NULL}},
};
const uint32_t ho_sim_n_cities = COUNT(ho_sim_cities);

const struct ho_sim_list ho_sim_streets = LIST(streets);
const struct ho_sim_list ho_sim_units = LIST(units);
const struct ho_sim_list ho_sim_doctors = LIST(doctors);

const struct ho_sim_organisation ho_sim_organisations[HO_SIM_ORGANISATIONS] = {
    {"Harbor Lantern Community Care", "harborlantern.example.org", {"Harbor Lantern North", "Harbor Lantern Coast"}},
    {"Creekside Health Partners", "creekside.example.org", {"Creekside East", "Creekside West"}},
    {"Puente Claro Family Services", "puenteclaro.example.org", {"Puente Claro Adults", "Puente Claro Families"}},
    {"Canyon and Coast Care Network", "canyoncoast.example.org", {"Canyon Team", "Coast Team"}},
    {"Orchard Row Wellness Alliance", "orchardrow.example.org", {"Orchard Row Central", "Orchard Row Mobile"}},
};

const struct ho_sim_coordinator ho_sim_coordinators[HO_SIM_COORDINATORS] = {
    {"Alma Vidrio", "alma.vidrio"},           {"Bao-Chau Dinh", "baochau.dinh"},
    {"Cecilia Montaño", "cecilia.montano"},   {"Desmond Fairley", "desmond.fairley"},
    {"Eun-Ji Paik", "eunji.paik"},            {"Farah Dastgir", "farah.dastgir"},
    {"Gloria Sepúlveda", "gloria.sepulveda"}, {"Hagop Terzian", "hagop.terzian"},
    {"Imelda Rosales", "imelda.rosales"},     {"Jerome Whitlock", "jerome.whitlock"},
    {"Kieu Phung", "kieu.phung"},             {"Lorena Bañuelos", "lorena.banuelos"},
    {"Marisol Trejo", "marisol.trejo"},       {"Nadia Kassab", "nadia.kassab"},
    {"Omar Villalobos", "omar.villalobos"},   {"Patience Oduya", "patience.oduya"},
    {"Quentin Marsh", "quentin.marsh"},       {"Rosalind Tam", "rosalind.tam"},
    {"Sokhom Ung", "sokhom.ung"},             {"Tessa Birdwell", "tessa.birdwell"},
    {"Ulises Carranza", "ulises.carranza"},   {"Vivian Sze", "vivian.sze"},
    {"Wendell Croft", "wendell.croft"},       {"Xiomara Leyva", "xiomara.leyva"},
    {"Yesenia Palomares", "yesenia.palomares"}, {"Zaven Adjemian", "zaven.adjemian"},
    {"Amparo Quezada", "amparo.quezada"},     {"Brigid Halloran", "brigid.halloran"},
    {"Corinne Abadie", "corinne.abadie"},     {"Dolly Macapagal", "dolly.macapagal"},
    {"Elias Bermúdez", "elias.bermudez"},     {"Fatuma Warsame", "fatuma.warsame"},
    {"Guillermo Nava", "guillermo.nava"},     {"Huyen Lac", "huyen.lac"},
    {"Ingrid Solheim", "ingrid.solheim"},     {"Joyce Tamayo", "joyce.tamayo"},
    {"Kamala Pillai", "kamala.pillai"},       {"Lamont Easley", "lamont.easley"},
    {"Mitra Kamali", "mitra.kamali"},         {"Nestor Iglesias", "nestor.iglesias"},
};

static const struct ho_sim_diagnosis ed_diagnoses[] = {
    {"R07.9", "Chest pain"},           {"R10.9", "Abdominal pain"},
    {"J06.9", "Upper airway infection"}, {"S93.401A", "Ankle sprain, right"},
    {"N39.0", "Urinary tract infection"}, {"R51.9", "Headache"},
    {"M54.50", "Low back pain"},       {"J45.901", "Asthma attack"},
    {"F41.9", "Anxiety"},              {"F10.129", "Alcohol intoxication"},
    {"T40.1X1A", "Heroin poisoning, accidental"}, {"E11.65", "Type 2 diabetes, high glucose"},
    {"R55", "Fainting"},               {"L03.115", "Cellulitis, right leg"},
    {"F32.9", "Depressive episode"},   {"I10", "High blood pressure"},
};
static const struct ho_sim_diagnosis ward_diagnoses[] = {
    {"I50.9", "Heart failure"},        {"J44.1", "COPD, acute worsening"},
    {"A41.9", "Sepsis"},               {"J18.9", "Pneumonia"},
    {"I21.4", "Myocardial infarction, non-ST"}, {"N17.9", "Acute kidney failure"},
    {"E11.10", "Type 2 diabetes, ketoacidosis"}, {"K74.60", "Cirrhosis of liver"},
    {"I63.9", "Stroke"},               {"S72.001A", "Hip fracture, right"},
    {"F20.9", "Schizophrenia"},        {"F31.9", "Bipolar disorder"},
    {"F33.2", "Major depression, severe"}, {"F10.231", "Alcohol withdrawal delirium"},
    {"K92.2", "Gastrointestinal bleeding"}, {"N18.6", "End stage renal disease"},
    {"G30.9", "Alzheimer disease"},    {"L97.509", "Foot ulcer"},
};
static const struct ho_sim_diagnosis clinic_diagnoses[] = {
    {"Z00.00", "Adult check-up"},      {"Z79.4", "Insulin use, long term"},
    {"E11.9", "Type 2 diabetes"},      {"I25.10", "Coronary artery disease"},
    {"N18.30", "Chronic kidney disease, stage 3"}, {"J44.9", "COPD"},
    {"Z12.31", "Screening mammogram"}, {"M17.11", "Knee osteoarthritis, right"},
};
// clang-format on

const struct ho_sim_diagnoses ho_sim_ed_diagnoses = LIST(ed_diagnoses);
const struct ho_sim_diagnoses ho_sim_ward_diagnoses = LIST(ward_diagnoses);
const struct ho_sim_diagnoses ho_sim_clinic_diagnoses = LIST(clinic_diagnoses);
