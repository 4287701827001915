-- refused: PhraseNotAllowed
SELECT $1
