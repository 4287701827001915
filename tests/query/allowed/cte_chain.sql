WITH a AS (SELECT state, share FROM polls), b AS (SELECT state, max(share) AS top FROM a GROUP BY 1) SELECT * FROM b JOIN a USING (state)
