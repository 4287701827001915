-- refused: PhraseNotAllowed
WITH x AS (COPY (SELECT 1) TO '{own}') SELECT * FROM x
