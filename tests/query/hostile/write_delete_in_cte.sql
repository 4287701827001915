-- refused: PhraseNotAllowed
WITH x AS (DELETE FROM polls RETURNING *) SELECT * FROM x
