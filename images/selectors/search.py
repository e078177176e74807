"""Which images contain a word: in name or description, or at the start of their ID."""

from django.db import connection
from django.db.models import Q
from pyroaring import BitMap

from images.models import Image


def ids_matching(word: str) -> BitMap:
    """Every image whose lower-case name or description contains the word, or whose ID begins with it.

    Also images that are not published or that somebody may not see: intersect before use.
    """
    found = Image.objects.filter(Q(search_text__contains=word.lower()) | Q(image_id__startswith=word.lower()))
    sql, parameters = found.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return BitMap([row[0] for row in cursor.fetchall()])
