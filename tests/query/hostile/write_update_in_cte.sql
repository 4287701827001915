-- refused: PhraseNotAllowed
WITH x AS (UPDATE polls SET share = 0 RETURNING *) SELECT * FROM x
