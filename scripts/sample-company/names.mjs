const GIVEN =
  `Abel Adaeze Agnieszka Aisling Alarik Amara Anneke Anselm Arvid Ayla Bartosz Basil Benedikt Birgit Bram Brígida
Callum Camille Catrin Céline Cillian Corin Dagny Delphine Dilara Dorota Eero Eilidh Eivind Emrys Enzo Esra Fionn Florian Freya
Gaël Gethin Giulia Gudrun Håkon Halima Hedda Henrike Idris Ilse Inês Isolde Jarek Joaquín Jorunn Kasimir Katya Kieran Kwame
Lavinia Leif Lior Lotte Maëlle Mattias Mirela Nadir Nele Niamh Odile Oisín Orla Osman Pascal Piotr Ragnhild Rémi Róisín Rufus
Sabine Saoirse Sefa Signe Silvan Sunniva Tadeusz Tamsin Thandi Thora Ulrike Vasco Vesna Wanda Willem Xanthe Yann Yusra Zuzana`.split(
    /\s+/,
  );

const FAMILY =
  `Ackerley Aldana Ambrož Ashdown Avelar Baptista Barczak Bellweather Bjørnstad Blackwood Brannigan Brzeziński
Calloway Carvalhal Claes Corrigan Dąbrowski Daskalov Dekker Doğan Drummond Eikeland Elphick Engström Fairweather Farrugia Fjeld
Galvão Gantz Grimaldo Gyllen Hallam Harkness Hlaváč Holmqvist Ibarra Ingram Jagoda Jaszczuk Kallio Kavanagh Kemperman Kilbride
Kjellgren Koçak Lachance Langley Lindgaard Loughrey Machado Marchetti McAllister Mensah Merriweather Moravec Mwangi Nagy
Nakashima Nordahl Oduya Östberg Pallister Paszek Pennington Pohjola Quiroga Ravenscroft Reinholt Rønning Sauvage Seppälä
Slattery Søndergaard Szymczak Tallis Tembo Thorne Tóth Uzun Vasilev Vlček Wadsworth Westergaard Whitlock Wójcik Yardley Ząbek
Zeller Zorić`.split(/\s+/);

/** People whose names have broken somebody's import before. The two Hallams are two people. */
export const CAST = [
  { given: 'Siobhán', family: "O'Brien" },
  { given: 'Zoë', family: 'Brandt' },
  { given: 'Łukasz', family: 'Wiśniewski' },
  { given: 'Åsa', family: 'Lindqvist' },
  { given: 'Hạnh', family: 'Nguyễn', name: 'Nguyễn Thị Hạnh' },
  { given: 'minjun', family: 'kim', name: '김민준' },
  { given: 'Özlem', family: 'Yıldırım' },
  { given: 'Renée', family: "D'Souza" },
  { given: 'Jörg', family: 'Weiß' },
  { given: 'Ida-Marie', family: 'Sørensen' },
  { given: 'Robert', family: 'Teller', name: 'Robert "Bob" Teller' },
  { given: 'Ștefan', family: 'Țurcanu' },
  { given: 'María José', family: 'Núñez' },
  { given: 'Pieter', family: 'van der Velde' },
  { given: 'Wade', family: 'Ellery', name: 'Wade Ellery, Jr.' },
  { given: 'Orla', family: 'Hallam' },
  { given: 'Orla', family: 'Hallam' },
];

const LETTERS = { ł: 'l', ø: 'o', ß: 'ss', ı: 'i', đ: 'd', æ: 'ae' };

/** The letters a mail address keeps of a name. */
export function plainLetters(name) {
  return name
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[łøßıđæ]/g, (letter) => LETTERS[letter])
    .replaceAll(/[^a-z]/g, '');
}

/** Draws people who do not share a name with anybody drawn before. */
export function namesFrom(dice) {
  const taken = new Set(CAST.map(({ given, family }) => `${given} ${family}`));

  return function draw() {
    const given = dice.pick(GIVEN);
    const family = dice.pick(FAMILY);
    if (taken.has(`${given} ${family}`)) return draw();

    taken.add(`${given} ${family}`);
    return { given, family };
  };
}
