#include "simulate_crowd_names.h"

const char ho_crowd_spanish_surnames[] =
    "García Hernández Martínez López González Rodríguez Pérez Sánchez Ramírez Flores Torres Rivera Gómez Díaz Reyes "
    "Cruz Morales Ortiz Gutiérrez Chávez Ramos Ruiz Mendoza Álvarez Castillo Jiménez Vásquez Romero Moreno Herrera "
    "Medina Aguilar Vargas Castro Guzmán Méndez Fernández Muñoz Salazar Garza Soto Vega Rojas Delgado Contreras "
    "Espinoza Núñez Ibáñez Peña Cervantes Zamora Villaseñor Ochoa Barajas Cárdenas Zúñiga Quiñones Orozco Magaña "
    "Arellano De_La_Cruz Del_Río Ávila Santos Estrada Sandoval Alvarado Ríos Guerrero Juárez Domínguez Ortega Luna "
    "Campos Valdez Navarro Figueroa Maldonado Acosta Padilla Rosales Carrillo Lara Solís Cortez Robles Camacho Leal "
    "Miranda Fuentes Meza Velázquez Trujillo Serrano Ayala León Molina Franco Valencia Mejía Pacheco Salinas Ponce "
    "Cabrera Rangel Montoya Rosas Villa Galván Macías Bautista Suárez Santana Villarreal Tapia Cisneros Lozano "
    "Arroyo Beltrán Escobar Huerta Velasco Marquez Gallegos Nava Bravo Duarte Andrade Rubio Zavala Trejo Tovar "
    "Esquivel Murillo Montes Arias Avalos Saldaña Gallardo Portillo Corona Palacios Rocha Cuevas Lugo Varela "
    "Montiel Becerra Enríquez Bermúdez Ventura Amaya Barrera Caldera Benítez Carranza Aranda Bustamante Cordero "
    "Covarrubias Dávila Echeverría Elizondo Escalante Fonseca Frausto Godínez Granados Guevara Hinojosa Hurtado "
    "Iglesias Jaramillo Jasso Ledesma Limón Loera Longoria Lucero Manríquez Mares Mireles Monroy Mora Munguía "
    "Negrete Ocampo Olivares Olvera Osorio Oviedo Palomino Pantoja Partida Pineda Plascencia Preciado Quezada "
    "Quintana Quintero Quiroz Razo Rendón Renteria Reséndiz Rincón Rivas Rosario Ruelas Saavedra Sáenz Salgado Sales "
    "Samaniego Sepúlveda Sierra Sosa Tejeda Téllez Terrazas Toledo Urbina Uribe Valadez Valenzuela Vela Vera Vidal "
    "Villalobos Villegas Yáñez Ybarra Zapata Zaragoza Zepeda De_León De_La_Torre De_La_Rosa Del_Toro Del_Castillo "
    "De_Jesús De_La_Garza De_La_Fuente De_Los_Santos De_Anda Ponce_De_León Montes_De_Oca San_Juan Santa_Cruz Alcalá "
    "Alcaraz Almanza Altamirano Anaya Anguiano Apodaca Aragón Arce Archuleta Arévalo Argueta Arreola Arriaga "
    "Arredondo Baeza Ballesteros Banuelos Barragán Barrios Bejarano Bernal Betancourt Blanco Bonilla Borrego Briones "
    "Brito Burgos Caballero Calderón Canales Candelaria Cantú Carbajal Cardona Carmona Casillas Castañeda Castellanos "
    "Ceballos Cedillo Ceja Centeno Cerda Chacón Chavarría Cobos Colín Colón Concepción Córdova Coronado Correa Cota "
    "Crespo Cuéllar Curiel Dueñas Durán Elías Espinosa Estévez Fajardo Farias Félix Fierro Gaitán Galindo Gamboa Gaona "
    "Garibay Gaytán Gil Giron Grajeda Grijalva Haro Heredia Ibarra Jáuregui Landeros Linares Llamas Lomelí Lorenzo "
    "Madrigal Madrid Magallanes Maravilla Marín Marroquín Mata Mayorga Melgar Meléndez Mena Menjívar Merino Meza "
    "Montalvo Montaño Montenegro Moran Mota Moya Najera Naranjo Nevárez Nieto Nolasco Oceguera Ojeda Olmos Ontiveros "
    "Ordaz Ordóñez Orellana Osuna Otero Oropeza Pedraza Peralta Perea Perales Piña Pinto Pizarro Prado Prieto Puente "
    "Puga Pulido Regalado Reynoso Rico Roa Robledo Roldán Roque Rosado Ruvalcaba Saucedo Segovia Segura Serna "
    "Servín Silva Solano Solorio Solorzano Sotelo Tamayo Tello Terán Tinoco Tirado Toribio Toscano Treviño Urías "
    "Urrutia Valle Vallejo Varela Vásquez Venegas Verdugo Vergara Victoria Villanueva Viramontes Xicoténcatl Zaldívar "
    "Zambrano Zarate Zelaya Zendejas Zermeño Zetino Zurita";

const char ho_crowd_spanish_female[] =
    "María Guadalupe Rosa Ana Carmen Teresa Leticia Yolanda Silvia Verónica Patricia Elena Lucía Gabriela Alejandra "
    "Mónica Adriana Beatriz Sofía Inés Graciela Irma Esperanza Dolores Margarita Socorro Araceli Maribel Xóchitl "
    "Begoña Martha Alicia Josefina Juana Luz Gloria Norma Sandra Blanca Elizabeth Claudia Angélica Francisca Isabel "
    "Raquel Rebeca Rocío Rosario Ofelia Olga Susana Cecilia Celia Consuelo Catalina Amparo Antonia Aurora Amalia "
    "Bertha Berta Carolina Concepción Cristina Delia Diana Dora Elsa Elva Elvia Elvira Ema Emilia Erika Ernestina "
    "Estela Esther Eva Fabiola Felipa Flor Genoveva Gladis Griselda Hilda Hortensia Imelda Ivonne Janet Jovita Julia "
    "Karina Laura Lidia Lilia Liliana Lorena Lourdes Luisa Magdalena Manuela Marcela Marisol Mayra Mercedes "
    "Micaela Minerva Miriam Nancy Natividad Noemí Nora Obdulia Paula Paulina Petra Pilar Priscila Ramona Refugio Reyna "
    "Rita Rosalba Rosalía Rosalinda Rosaura Sara Soledad Tomasa Trinidad Ursula Victoria Virginia Viviana Yesenia "
    "Zenaida Zoila María_De_Los_Ángeles María_Del_Carmen María_De_Jesús Rosa_María Ana_María Rosa_Isela Luz_Elena";

const char ho_crowd_spanish_male[] =
    "José Juan Luis Carlos Jesús Miguel Francisco Antonio Manuel Jorge Javier Ricardo Roberto Fernando Raúl Sergio "
    "Arturo Ramón Rubén Andrés Héctor Óscar Martín Salvador Ignacio Ángel Iván Joaquín Gerardo Pedro Alejandro "
    "Guillermo Enrique Rafael Eduardo Alberto Alfredo Mario Armando Jaime Gustavo Víctor Pablo Daniel David Felipe "
    "Gilberto Hugo Ernesto Rodolfo Rogelio Adolfo Agustín Alfonso Abel Abelardo Adán Adrián Alonso Álvaro Aníbal "
    "Anselmo Apolinar Arnulfo Aurelio Baltazar Benito Benjamín Bernardo Camilo César Celestino Cipriano Cirilo "
    "Claudio Clemente Cristóbal Cruz Demetrio Diego Domingo Edgar Edmundo Efraín Eleazar Elías Eliseo Emilio Epifanio "
    "Erasmo Esteban Eugenio Eusebio Evaristo Ezequiel Fabián Faustino Federico Feliciano Félix Fidel Florencio "
    "Gabriel Genaro Gonzalo Gregorio Heriberto Hilario Horacio Humberto Isaac Isidro Ismael Jacinto Joel Juvenal "
    "Lázaro Leonardo Leopoldo Lorenzo Lucio Macario Marcelino Marcos Mauricio Maximino Melchor Moisés Natividad "
    "Nicolás "
    "Noé Norberto Octavio Omar Pascual Patricio Porfirio Primitivo Ramiro Refugio Reynaldo René Rigoberto Rodrigo "
    "Román Rosendo Samuel Santiago Santos Saúl Simón Tomás Trinidad Ubaldo Valentín Vicente Wenceslao Zeferino "
    "José_Luis Juan_Carlos Miguel_Ángel Luis_Enrique José_Antonio José_De_Jesús Juan_Manuel Víctor_Manuel";

const char ho_crowd_spanish_young_female[] =
    "María Camila Sofía Isabella Ximena Valentina Emily Ashley Jennifer Jessica Stephanie Vanessa Daniela Natalie "
    "Melissa Kimberly Samantha Alondra Brenda Karen Diana Gabriela Alejandra Andrea Jasmine Mia Ariana Genesis Angela "
    "Michelle Guadalupe Elizabeth Leslie Jacqueline Valeria Fernanda Mariana Renata Regina Emma Luna Victoria Abigail "
    "Ana Arely Aylin Bianca Brianna Brittany Celeste Citlali Crystal Cynthia Dayana Delilah Destiny Dulce Edith Erika "
    "Esmeralda Estefanía Estrella Evelyn Giselle Gloria Heidi Itzel Ivette Jazmín Jimena Joselyn Julissa Karina Karla "
    "Katherine Kayla Kenia Leilani Lesly Liliana Litzy Lizbeth Lorena Maritza Melanie Miranda Monserrat Nayeli Nicole "
    "Paola Perla Priscilla Rubí Ruth Salma Selena Sherlyn Stephany Tania Vivian Wendy Xitlali Yadira Yamileth Yareli "
    "Yaretzi Yasmín Yesenia Yuliana Zoe María_Fernanda María_José Ana_Sofía Ana_Karen";

const char ho_crowd_spanish_young_male[] =
    "José Daniel Angel Luis Anthony Juan David Carlos Alexander Jesús Christopher Kevin Diego Miguel Brandon Mateo "
    "Sebastián Santiago Jonathan Bryan Adrian Jorge Eduardo Fernando Emiliano Erick Oscar Cristian Josué Jayden Julian "
    "Isaac Gabriel Leonardo Javier Ricardo Francisco Victor Alejandro Damian Adán Alan Alexis Aaron Abraham Andrés "
    "Andy "
    "Antonio Armando Arturo Axel Benjamin Cesar Dylan Edgar Edwin Elias Emmanuel Enrique Esteban Ethan Ezequiel Fabian "
    "Felipe Gael Geovanni Gerardo Giovanni Gustavo Hector Hugo Ian Iker Iván Jacob Jaime Jair Jason Joel Johan Jordan "
    "Kaleb Leonel Liam Lorenzo Lucas Luciano Manuel Marco Mario Martin Matías Maximiliano Mauricio Moisés Nathan "
    "Nicolás "
    "Noah Omar Pablo Pedro Rafael Raymundo Rigoberto Roberto Rodrigo Rogelio Ruben Samuel Saul Sergio Thiago Tristan "
    "Uriel Valentín Wilmer Xavier Yahir Yandel José_Luis Luis_Ángel Juan_Pablo José_Ángel";

const char ho_crowd_filipino_surnames[] =
    "Santos Reyes Cruz Bautista Ocampo García Mendoza Torres Castillo Flores Villanueva Ramos Castro Rivera Aquino "
    "Navarro Salazar Mercado Dela_Cruz Pascual Dizon Manalo Salonga Tolentino Macaraeg Pangilinan Lacson Abad Magsino "
    "Evangelista Batungbakal Catacutan Dimaculangan Yabut Sumulong Domingo Santiago Fernandez Soriano Valdez Corpuz "
    "Hernandez Ignacio Agustin Del_Rosario San_Juan De_Guzman De_Leon De_Castro Dela_Rosa Delos_Reyes Delos_Santos "
    "Dela_Peña De_Vera De_Jesus Aguilar Alcantara Alejandro Alonzo Andrada Angeles Antonio Aragon Arceo Asuncion "
    "Atienza Austria Baltazar Banaag Bermudez Bernardo Bondoc Bonifacio Buenaventura Bulaong Cabral Cabrera Calma "
    "Canlas Capistrano Carandang Casimiro Concepcion Cordero Cortez Cunanan Custodio Dacanay Dayrit David Dayao "
    "Enriquez Escueta Esguerra Espino Espiritu Estrella Estacio Eugenio Feliciano Ferrer Gatchalian Gonzales Guevarra "
    "Gutierrez Hilario Javier Jimenez Katigbak Laxamana Legaspi Lim Lingad Lontoc Lopez Lorenzo Lucero Lumibao Luna "
    "Macapagal Madlangbayan Magbanua Magpantay Malabanan Malonzo Mangubat Manlapaz Marasigan Mariano Marquez Martinez "
    "Matias Medina Mendiola Miranda Montemayor Morales Natividad Nepomuceno Nicolas Ordoñez Padilla Paguio Panganiban "
    "Panlilio Pantaleon Paras Perez Pineda Ponce Punzalan Quiambao Quizon Ramirez Roque Rosales Roxas Sabado Salvador "
    "Samonte Sarmiento Serrano Sison Soliman Suarez Tagle Tan Tiongson Tuazon Tumbaga Umali Valencia Velasco Ventura "
    "Vergara Viray Ylagan Zamora";

const char ho_crowd_filipino_female[] =
    "Maria Rosario Teresita Lourdes Corazon Erlinda Carmelita Marilyn Josefina Cristina Remedios Imelda Rowena Evelyn "
    "Marites Maricel Jennifer Michelle Angelica Mary_Grace Mary_Ann Mary_Jane Ma_Theresa Ma_Cristina Aileen Amelia "
    "Analyn Angelita Arlene Aurora Belen Bernadette Catherine Charito Cherry Consolacion Divina Edna Elvira Emerlinda "
    "Estrella Fe Felicidad Gemma Genevieve Gina Gloria Grace Jasmine Jocelyn Josephine Joy Juanita Julieta Kristine "
    "Leonora Leticia Ligaya Lilibeth Liza Lorna Luzviminda Lydia Magdalena Maribeth Maricar Marissa Mercedes Milagros "
    "Myrna Nenita Nicole Norma Ofelia Pacita Pilar Precious Princess Regina Rhodora Rizalina Rosalie Rosalinda "
    "Rosemarie "
    "Salvacion Sheila Shirley Socorro Soledad Teresa Vilma Virginia Vivian Zenaida";

const char ho_crowd_filipino_male[] =
    "Jose Antonio Eduardo Ricardo Romeo Rodrigo Danilo Ernesto Reynaldo Roberto Rolando Renato Mark Michael John_Paul "
    "John_Mark Mark_Anthony Jerome Joel Allan Alfredo Alvin Amado Andres Angelo Antonino Armando Arnel Arnold Benigno "
    "Benjamin Bernardo Bienvenido Bonifacio Carlito Cesar Christian Crisanto Dante Dennis Diosdado Domingo Edgardo "
    "Edmundo Edwin Efren Emmanuel Erwin Felipe Ferdinand Fernando Florante Francisco Gerardo Gilbert Gregorio Henry "
    "Honesto Ignacio Isagani Jaime Jayson Jeffrey Jericho Jesus Joselito Jovito Juan Julius Leonardo Lorenzo Manuel "
    "Marcelo Mariano Mario Melchor Michael_Angelo Nestor Noel Orlando Oscar Pablo Pedro Rafael Ramon Raul Rey Rogelio "
    "Rommel Ronald Ruel Ruben Salvador Santiago Severino Teodoro Teofilo Virgilio Wilfredo";

const char ho_crowd_samoan_surnames[] =
    "Leota Tuiasosopo Faleafa Tavita Sagapolutele Fonoti Tuala Lealaimatafao Mulitalo Tauiliili Faamausili Ioane "
    "Leavai Malietoa Matagi Moe Paepae Pauga Sapolu Seumalo Siliga Soliai Suapaia Taamu Tafua Tago Tapusoa Tautua "
    "Toilolo Tuilagi Tupuola Tuua Vaifale Vaitai Fifita Havili Kaufusi Mahe Latu Moala Taumoepeau Tonga Vea Vainikolo";
const char ho_crowd_samoan_female[] =
    "Sina Lagi Mele Ana Talia Moana Lupe Fetu Salome Tina Mary Elisapeta Faith Leilani Losa Malia Masina Penina Pua "
    "Sela Sieni Sose Teuila Tiana Vaiola Grace Ruta Fale Sisilia Lose";
const char ho_crowd_samoan_male[] =
    "Sione Tavita Ioane Junior Semisi Mose Tasi Viliami Sefo Lafi Pita Samuelu Filipo Tomasi Siaosi Penitoa Isaia "
    "Tevita Malaki Lui Fetuao Alofa Toa Manu Sina Vili Kaleb Elijah Josiah Paulo";
