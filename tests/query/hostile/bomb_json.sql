-- stopped
SELECT length(json_group_array(repeat('x', 1000000))) FROM range(100000)
