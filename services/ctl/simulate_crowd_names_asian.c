#include "simulate_crowd_names.h"

const char ho_crowd_vietnamese_surnames[] =
    "Nguyen Tran Le Pham Huynh Hoang Phan Vu Vo Dang Bui Do Ngo Duong Ly Dinh Truong Lam Mai Trinh Doan Cao Luong Ha "
    "Thai "
    "Quach Tang Chau Ho Luu Dao Kieu Vuong Ta To Phung Quan Tong Dam Nghiem Khuu La Lieu Mac Ninh Phu Thach Tieu Trieu "
    "Tu Van Vinh Diep Giang Hua Kim Au Bach Banh Cam Cung Diec Dong Han Lai Lang Lu Ma Nham Nhan Ong Phi Sam Son Thieu "
    "Ung Vien Dieu Duy Huy Mach Nong Tran_Le Nguyen_Phuoc Ton_That";
const char ho_crowd_vietnamese_female[] =
    "Lan Hoa Anh Thu Linh Huong Mai Phuong Thuy Loan Hanh Tuyet Ngoc Quynh Dung Nga Thao Van Yen Cuc Diem Trang Ha "
    "Hang "
    "Hien Hong Hue Kim Lien Ly Minh My Nhung Nguyet Oanh Phung Thanh Tam Thoa Tien Truc Tuyen Uyen Vy Xuan Bich Chau "
    "Chi "
    "Dao Diep Duyen Giang Hao Hoang_Anh Kieu Kim_Loan Lam Le Mong_Tuyen My_Linh Minh_Thu Ngan Ngoc_Anh Ngoc_Lan Nhi "
    "Nhu "
    "Phi_Nga Phuong_Thao Quyen Suong Tham Thanh_Thuy Thanh_Tam Thi Thu_Ha Thu_Huong Thuy_Linh Tra Tram Tu Tuong_Vi "
    "Bich_Ngoc Cam_Tu Bao_Tran Khanh_Linh Anh_Thu Bao_Ngoc Gia_Han Kim_Ngan Mai_Anh";
const char ho_crowd_vietnamese_male[] =
    "Minh Hung Duc Tuan Quang Hieu Thanh Khanh Long Dung Tri Bao Phuoc Dat Son Tam Vinh Hai Cuong Phuc Loc Trung Viet "
    "An "
    "Binh Chien Cong Danh Dinh Duy Giang Hoa Hoang Huy Hoan Hoai Khai Khoa Khoi Kien Lam Liem Loi Luan Luong Man Nam "
    "Nghia "
    "Ngoc Nhan Nhat Phat Phong Phu Quan Quoc Quy Sang Sinh Tai Tan Thai Thang Thien Thinh Thong Thuan Tien Tin Toan "
    "Tuong "
    "Tung Tu Vu Xuan Anh_Tuan Minh_Tri Huu_Phuoc Quoc_Dat Quoc_Bao Duc_Anh Gia_Bao Gia_Huy Hoang_Long Minh_Khoi "
    "Minh_Quan "
    "Ngoc_Thanh Nhat_Minh Phuc_An Quang_Huy Thanh_Tung Thien_An Trung_Kien Tuan_Kiet Viet_Anh Xuan_Phuc";

const char ho_crowd_chinese_surnames[] = "Chen Wang Li Zhang Liu Lin Huang Wong Chan Yang Wu Lee Zhao Zhou Xu Sun Ma "
                                         "Zhu Chang Lau Cheung Leung Ho Tsai Hsu Kuo "
                                         "Tseng Ng Fong Lam Yu Guo He Gao Luo Zheng Liang Xie Tang Deng Feng Song Han "
                                         "Cao Peng Zeng Xiao Tian Dong Pan Yuan Cai "
                                         "Jiang Yu Du Ye Cheng Wei Su Lu Ding Ren Shen Yao Lu Jiang Cui Zhong Tan Fan "
                                         "Liao Shi Jin Jia Xia Fu Fang Zou Xiong Bai "
                                         "Meng Qin Qiu Hou Yin Xue Yan Duan Lei Long Tao Shi Mao Hao Gu Gong Shao Wan "
                                         "Tsang Kwok Yip Yeung Lai Mak Chow Chu Tam "
                                         "Hui Kwan Poon Siu So Szeto Tse Yee Yuen Louie Chin Moy Eng Gee Jew Quan Woo "
                                         "Fung Kong Au Chiu Chiang Hsieh Hsiao Hung "
                                         "Kao Liao Lo Pai Peng Shih Tsao Tung Yen Ouyang Situ Au_Yeung";
const char ho_crowd_chinese_female[] = "mei xiu ying li hua jing yan hui fen shu ling xiao fang qing yu lan pei su "
                                       "zhen ai yi ting min hong xia ping juan na "
                                       "jie yun qin lian feng gui zhi xue wen yuan rong bi cui dan dong e hai jia jin "
                                       "ju lei lin man ning qian qiong rui shan "
                                       "shuang si tao tian wan wei xi xin ya yao ye yin yong zi suk wai siu lai yuk "
                                       "mui fung kwan sau yee mee ching oi hung";
const char ho_crowd_chinese_male[] = "wei jun jian guo ming zhi qiang liang hao kai yong feng da wen bin tao bo xin "
                                     "jie hai long hua jin lei peng chao gang "
                                     "hui yang bin cheng dong fei gui heng hong ji jia jing ke li lin ning ping qi "
                                     "qing rui shan sheng shi shu song tian ting "
                                     "wu xiang xiao xu yan yi yu yuan yun ze zhen zheng zhong zi chi wai kwok keung "
                                     "shih chieh kin wing man tak hung chun fai "
                                     "kam yiu ka ho tsz chung siu lun ting";

const char ho_crowd_korean_surnames[] = "Kim Lee Park Choi Jung Kang Cho Yoon Chang Lim Han Oh Seo Shin Kwon Hwang Ahn "
                                        "Song Yoo Hong Jeon Ko Moon Son Yang Bae "
                                        "Baek Heo Nam Shim Noh Ha Kwak Sung Cha Joo Woo Ku Na Min Ryu Jin Um Chae Won "
                                        "Chun Bang Kong Hyun Ham Byun Chu Do Suh "
                                        "Pak Yi Rhee Ryoo Chung Jang Jun Koo Paik Whang Yim Hahn Rhim Namgung Sunwoo";
const char ho_crowd_korean_female[] = "young soon ja sook hee mi kyung eun jung ji hye sun ok hyun joo min seo yeon ha "
                                      "na su bin ah jin yun kyong hwa in mee "
                                      "myung nam ran sil sim so won yong yoo chae da ga ye ra";
const char ho_crowd_korean_male[] =
    "young soo ho jin sung jae hyun min jun ki chul dong woo sang hoon kwang il seung joon tae yong jong chan beom bum "
    "byung "
    "do geon gi gun han hwan hyuk in kyu kyung man moon myung nam seok shik si suk taek uk won woong yeol yoon ha eun";

const char ho_crowd_hmong_surnames[] = "Vang Yang Xiong Lee Thao Lor Moua Vue Her Cha Xiong Kue Hang Khang Chang Ly "
                                       "Fang Lo Yer Vu Chue Mua Pha Tcha Thor Moua "
                                       "Song Xyooj Lis Khamvongsa Saechao Saelee Saetern Saeteurn";
const char ho_crowd_hmong_female[] =
    "Mai Pa Yer Bao Mee Chue Ka Nou Kia See Xee Youa Zoua Der Ia Khou Ma Mao May Maly Pang Pahoua Pakou Panhia Sheng "
    "Shoua "
    "Sua True Xai Xia Xiong Yee Kalia Gaonou Maiv Paj Nkauj Hli Mai_Yia Mai_See Pa_Nhia Ka_Ying";
const char ho_crowd_hmong_male[] = "Tou Chue Pao Xeng Kou Bee Blia Cha Chai Cheng Chong Chou Fue Ge Ger Houa Jou Kao "
                                   "Keng Koua Leng Long Lue Meng Mang Neng "
                                   "Nhia Nou Pang Peng Phia Sai Shoua Soua Teng Thai Thong Toua Tong Vang Vue Wa Wang "
                                   "Xai Xang Xao Xia Yeng Yia Ying Zong "
                                   "Tou_Ger Tou_Lee Kong_Meng Chia_Neng Nhia_Long";

const char ho_crowd_japanese_surnames[] =
    "Tanaka Suzuki Sato Nakamura Yamamoto Watanabe Takahashi Ito Kobayashi Kato Yoshida Yamada Sasaki Matsumoto Inoue "
    "Kimura "
    "Hayashi Shimizu Saito Yamaguchi Mori Abe Ikeda Hashimoto Ishikawa Ogawa Okada Hasegawa Fujita Goto Maeda Fukuda "
    "Ota "
    "Fujii Nakano Nishimura Harada Ueda Morita Kaneko Wada Nakagawa Takeuchi Nakajima Ishii Nomura Oda Fukumoto Uyeda "
    "Higa Oshiro Miyamoto Kuroda Arakawa";
const char ho_crowd_japanese_female[] =
    "Yoko Keiko Michiko Kazuko Sachiko Akiko Yumi Naomi Emi Yuki Aiko Haruko Hiroko Junko Kumiko Mariko Masako Mayumi "
    "Midori "
    "Miyuki Noriko Reiko Sakura Setsuko Tomoko Yoshiko Yuka Hana Mika Rina Karen Grace";
const char ho_crowd_japanese_male[] = "Hiroshi Kenji Takashi Akira Minoru Kiyoshi Masao Shigeru Isamu Kazuo Makoto "
                                      "Tadashi Yutaka Ken Kenta Daisuke Haruki Ichiro "
                                      "Jiro Jun Koji Naoki Ryo Satoshi Shinji Sho Taro Yoshio Yuji Kevin George Henry";

const char ho_crowd_indian_surnames[] =
    "Singh Kaur Patel Sharma Gill Sidhu Sandhu Dhillon Grewal Kumar Shah Brar Bains Dhaliwal Mann Gupta Reddy Khan "
    "Johal "
    "Randhawa Purewal Atwal Sohal Hundal Cheema Virk Bajwa Aujla Uppal Thind Nijjar Chahal Deol Dosanjh Khaira Sekhon "
    "Sahota "
    "Samra Toor Desai Mehta Joshi Rao Iyer Nair Menon Pillai Krishnan Subramanian Venkatesan Ramaswamy Chatterjee "
    "Banerjee "
    "Mukherjee Das Ghosh Bose Roy Agarwal Jain Kapoor Malhotra Chopra Khanna Bhatia Arora Verma Mishra Pandey Tiwari "
    "Yadav "
    "Chaudhary Thakur Rathod Solanki Parmar Trivedi Bhatt Pandya Vyas Naidu Chowdhury Ahmed Hussain Qureshi Malik "
    "Begum "
    "Fernandes D'Souza Pereira Gurung Tamang Shrestha Thapa Adhikari Rai Lama Perera Silva Fernando";
const char ho_crowd_indian_female[] =
    "Harpreet Manpreet Gurpreet Jaspreet Kamaljit Sukhwinder Balwinder Paramjit Rajinder Surinder Priya Anjali Sunita "
    "Kavita "
    "Pooja Neha Lakshmi Meena Sita Gita Asha Usha Rekha Amandeep Amarjit Aarti Ananya Anita Baljit Bhavna Daljit Deepa "
    "Deepika "
    "Devi Divya Gurdeep Gurmeet Harjit Harleen Indira Ishita Jagdeep Jasleen Jaswinder Jyoti Kajal Kamala Karamjit "
    "Kiran "
    "Kulwinder Lata Madhu Mandeep Manjit Maya Meera Nandini Navdeep Navneet Nisha Parminder Parvati Prabhjot Pushpa "
    "Radha "
    "Ramandeep Rani Ravinder Rupinder Sarabjit Sarita Seema Shanti Shreya Simran Sonia Swati Tejinder Vandana Varsha";
const char ho_crowd_indian_male[] = "Gurpreet Harpreet Manpreet Jaspreet Balwinder Sukhdev Paramjit Rajinder Surinder "
                                    "Amit Rahul Rajesh Sanjay Vijay Suresh "
                                    "Ramesh Ravi Anil Sunil Arjun Amandeep Amarjit Ajay Aditya Akash Anand Arun Ashok "
                                    "Avtar Baldev Baljit Bhupinder Daljit "
                                    "Darshan Deepak Dilip Dinesh Gaurav Gurdeep Gurmeet Hardeep Harjit Hari Jagdeep "
                                    "Jagjit Jasbir Jaswinder Kamal Karan Karnail "
                                    "Kartik Krishna Kuldeep Kulwant Lakhbir Mahesh Makhan Malkit Mandeep Manjit Manoj "
                                    "Mohan Mohinder Mukesh Naresh Narinder "
                                    "Navdeep Nikhil Nirmal Pankaj Pardeep Parminder Pradeep Prakash Pritam Rakesh "
                                    "Ranjit Rohan Rohit Sandeep Satnam Satish "
                                    "Shyam Sohan Sukhwinder Tarlochan Varun Vikram Vinod Vivek";
