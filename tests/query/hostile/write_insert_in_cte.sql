-- refused: PhraseNotAllowed
WITH x AS (INSERT INTO polls VALUES (1) RETURNING *) SELECT * FROM x
