-- refused: PhraseNotAllowed
SELECT * FROM polls AT (VERSION => 1)
