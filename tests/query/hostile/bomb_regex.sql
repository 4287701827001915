-- stopped
SELECT count(*) FROM range(3000000) t(i) WHERE regexp_matches(repeat('ab', 20000) || i, '((a|b)*){20}c$')
