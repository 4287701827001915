-- stopped
SELECT range(4000000000)
