-- refused: PhraseNotAllowed
SELECT * FROM (SHOW DATABASES)
