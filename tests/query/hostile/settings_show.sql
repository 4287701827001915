-- refused: PhraseNotAllowed
SHOW ALL TABLES
