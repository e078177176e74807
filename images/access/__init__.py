"""Who may what, where: roles, teams and what they grant."""
