"""Names by how common they are in the United States: most common first, drawn with falling weight."""

from __future__ import annotations

from itertools import accumulate
from random import Random


class Ranked:
    """Words in order of frequency; a word's weight falls with its rank, as names' do."""

    def __init__(self, words: str, flatness: float = 12.0) -> None:
        self.words = tuple(word.replace("_", " ") for word in words.split())
        self.weights = tuple(accumulate(1 / (rank + flatness) for rank in range(len(self.words))))

    def draw(self, rng: Random) -> str:
        return rng.choices(self.words, cum_weights=self.weights)[0]


GENERAL_LAST = Ranked(
    """Smith Johnson Williams Brown Jones Davis Miller Wilson Anderson Thomas Taylor Moore Jackson Martin Lee
    Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Nelson
    Baker Hall Campbell Mitchell Carter Roberts Phillips Evans Turner Parker Collins Edwards Stewart Morris
    Murphy Cook Rogers Morgan Cooper Peterson Reed Bailey Bell Kelly Howard Ward Cox Richardson Wood Watson
    Brooks Bennett Gray James Hughes Price Myers Long Foster Sanders Ross Powell Sullivan Russell Jenkins
    Perry Butler Barnes Fisher Henderson Coleman Simmons Patterson Jordan Reynolds Hamilton Graham Wallace
    Cole West Hayes Bryant Gibson Ellis Stevens Murray Ford Marshall Owens McDonald Harrison Kennedy Wells
    Woods Freeman Webb Tucker Burns Crawford Henry Hunter Hicks Mason Boyd Warren Dixon Hunt Holmes Palmer
    Wagner Black Robertson Stone Mills Knight Schmidt Schneider Olson Hansen Jensen Larson Carlson Meyer
    Weber Schultz Kowalski Nowak Novak Romano Russo O'Brien O'Connor O'Neill MacKenzie Cohen Goldberg
    Friedman Washington Jefferson Booker Gaines Banks Mosley Dorsey Begay Yazzie Kealoha Haddad Khalil
    Petrov Ivanova Papadopoulos Dubois Thibodeaux Landry Hebert Fontenot"""
)
HISPANIC_LAST = Ranked(
    """Garcia Rodriguez Martinez Hernandez Lopez Gonzalez Perez Sanchez Ramirez Torres Flores Rivera Gomez Diaz
    Reyes Morales Cruz Ortiz Gutierrez Chavez Ramos Ruiz Alvarez Mendoza Vasquez Castillo Jimenez Moreno
    Romero Herrera Medina Aguilar Vargas Guzman Mendez Salazar Delgado Pena Soto Vega Contreras Cabrera
    Maldonado De_La_Cruz Santiago Colon Figueroa""",
    6,
)
CHINESE_LAST = Ranked("Chen Wang Liu Wong Li Zhang Huang Lin Yang Wu Chang Chan Cheng Lam", 6)
VIETNAMESE_LAST = Ranked("Nguyen Tran Le Pham Huynh Vo Hoang Phan Vu Dang", 2)
KOREAN_LAST = Ranked("Kim Lee Park Choi Kang Cho Yoon", 2)
INDIAN_LAST = Ranked("Patel Singh Shah Sharma Kumar Gupta Desai Reddy Mehta Rao", 3)
FILIPINO_LAST = Ranked("Santos Bautista Villanueva Aquino Mercado Pascual Dela_Cruz", 3)

GENERAL_FIRST = Ranked(
    """James Mary Michael Patricia Robert Jennifer John Linda David Elizabeth William Barbara Richard Susan Joseph
    Jessica Thomas Sarah Christopher Karen Charles Lisa Daniel Nancy Matthew Betty Anthony Sandra Mark
    Margaret Donald Ashley Steven Kimberly Andrew Emily Paul Donna Joshua Michelle Kenneth Carol Kevin
    Amanda Brian Melissa Timothy Deborah Ronald Stephanie George Rebecca Jason Sharon Edward Laura Jeffrey
    Cynthia Ryan Dorothy Jacob Amy Nicholas Kathleen Gary Angela Eric Shirley Jonathan Emma Stephen Brenda
    Larry Pamela Justin Nicole Scott Anna Brandon Samantha Benjamin Katherine Samuel Christine Gregory Debra
    Alexander Rachel Patrick Carolyn Frank Janet Raymond Maria Jack Olivia Dennis Heather Jerry Helen Tyler
    Catherine Aaron Diane Jose Julie Adam Victoria Nathan Joyce Henry Lauren Zachary Kelly Douglas Christina
    Peter Ruth Kyle Joan Noah Virginia Ethan Judith Jeremy Evelyn Walter Hannah Keith Andrea Austin Megan
    Roger Cheryl Terry Jacqueline Sean Madison Darnell Teresa DeShawn Latoya Malik Keisha Tyrone Tamika
    Jamal Ebony Andre Monique Marcus Imani Trevor Gloria Cody Sophia Wesley Sara Travis Janice Dustin
    Brittany Curtis Natalie Derek Abigail Grant Danielle Brett Theresa Omar Denise Yusuf Amber Ivan Tiffany
    Dmitri Crystal Kai Leilani"""
)
HISPANIC_FIRST = Ranked(
    """Jose Maria Juan Ana Luis Rosa Carlos Carmen Jesus Guadalupe Miguel Juana Jorge Gloria Francisco Silvia
    Antonio Leticia Manuel Veronica Alejandro Patricia Ricardo Yolanda Pedro Adriana Javier Alejandra
    Roberto Claudia Fernando Lucia Rafael Gabriela Eduardo Daniela Hector Marisol Sergio Esperanza Ramon
    Yesenia Arturo Xiomara""",
    8,
)
CHINESE_FIRST = Ranked("Wei Jing Ming Li Jun Mei Hao Yan Jian Xin Feng Ling Kevin Amy Jason Grace", 6)
VIETNAMESE_FIRST = Ranked("Minh Linh Tuan Lan Hung Huong Dung Mai Anh Thuy Kevin Tina Tony Kim", 6)
KOREAN_FIRST = Ranked("Min-jun Ji-woo Sung Eun-ji Jae Hye-jin Daniel Grace David Esther", 5)
INDIAN_FIRST = Ranked("Raj Priya Amit Anjali Sanjay Neha Vikram Sunita Rahul Pooja Arjun Deepa", 5)
FILIPINO_FIRST = Ranked("Jose Maria Mark Angelica Ramon Cristina Rommel Lourdes Jerome Maricel", 5)

HERITAGES: tuple[tuple[Ranked, Ranked, float], ...] = (
    (GENERAL_LAST, GENERAL_FIRST, 1.0),
    (HISPANIC_LAST, HISPANIC_FIRST, 0.6),
    (CHINESE_LAST, CHINESE_FIRST, 0.55),
    (VIETNAMESE_LAST, VIETNAMESE_FIRST, 0.6),
    (KOREAN_LAST, KOREAN_FIRST, 0.5),
    (INDIAN_LAST, INDIAN_FIRST, 0.9),
    (FILIPINO_LAST, FILIPINO_FIRST, 0.6),
)
"""Surnames, first names of the same heritage, and how often the two go together."""
HERITAGE_SHARES = tuple(accumulate((0.765, 0.165, 0.018, 0.014, 0.009, 0.017, 0.012)))
HISPANIC = 1

STREETS = Ranked(
    """Main Oak Pine Maple Cedar Elm Washington Lake Hill Park Walnut Spring North Ridge Church Willow Mill Sunset
    Railroad Jackson Cherry West South Center Highland Johnson Forest River Meadow East Chestnut Lincoln
    Franklin Green Jefferson Dogwood Hickory Madison Sycamore Laurel Valley Woodland Poplar Magnolia Adams
    Locust Spruce Birch Hillcrest Monroe Fairview Grant Broadway Holly Juniper Ash Cottonwood Pleasant
    Prospect Harrison Garden Union Academy Summit Colonial Aspen Liberty Rose Lakeview Clay Orchard
    Evergreen Pearl Victoria Creekside Canyon Mesa Bluebird Heron Prairie Quail_Run Stonebridge""",
    15,
)
STREET_KINDS = Ranked("St Ave Dr Rd Ln Ct Blvd Way Pl Cir Ter", 2)
TRADES = Ranked(
    """Auto_Repair Construction Roofing Landscaping Plumbing Electric Trucking Bakery Grill Cleaning_Services
    Dental_Lab Flooring Printing Hardware Painting Logistics Nursery Upholstery Machine_Shop Catering
    Fitness Security Pharmacy""",
    10,
)
TRADE_PLACES = Ranked(
    """Lakeside Northside Riverside Summit Valley Heritage Pioneer Cascade Prairie Harbor Capitol Keystone Redwood
    Bluegrass Sunbelt""",
    10,
)
COMPANY_FORMS = Ranked("LLC Inc. Co. LLC Corp.", 2)
