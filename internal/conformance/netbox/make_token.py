# Run by up inside NetBox's own shell: one superuser, one token that may write.
from users.models import Token, User

user, made = User.objects.get_or_create(username="admin", defaults={"is_superuser": True, "is_active": True})
if made:
    user.set_password("admin")
    user.save()
token = Token(user=user, write_enabled=True, version=2)
token.save()
print(f"nbt_{token.key}.{token.token}")
