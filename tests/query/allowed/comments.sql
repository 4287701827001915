/* polls /* nested */ */ SELECT 1 -- one
, 'it''s; DROP VIEW polls' AS text, $$ ; $$ AS dollars
