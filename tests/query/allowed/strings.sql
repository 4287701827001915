SELECT upper(state), pollster[1:3], pollster ILIKE 'a%', split_part(pollster, ' ', 1), concat_ws('-', state, id), pollster.lower().trim(), state || '!' FROM polls
