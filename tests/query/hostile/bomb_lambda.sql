-- stopped
SELECT length(list_transform(range(30000), lambda x: list_sum(list_transform(range(100000), lambda y: x * y))))
