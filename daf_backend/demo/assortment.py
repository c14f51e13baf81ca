"""The assortment of the demo shop: a list, and nothing but a list.

One line per family: ``name|unit|IVA class|cost as a part of the price|brands|presentation price;...``.
Every presentation becomes one product; the brands take turns. All brands are invented.
"""

# code of the category, its name, its families
SURTIDO: tuple[tuple[str, str, str], ...] = (
    (
        "ABA",
        "Abarrotes",
        """
Arroz flor|UND|CER|0.82|Río Manso,Chasquito|1 kg 1.15;2 kg 2.25;5 kg 5.45
Azúcar blanca|UND|CER|0.84|Dulce Páramo,Chasquito|500 g 0.65;1 kg 1.20;2 kg 2.35
Panela molida|UND|CER|0.70|Dulce Páramo|400 g 1.10;800 g 2.05;1.5 kg 3.70
Sal yodada|UND|CER|0.72|Costa Clara,Chasquito|500 g 0.35;1 kg 0.60;2 kg 1.10
Harina de trigo|UND|CER|0.78|Molino Killari|500 g 0.75;1 kg 1.40;2 kg 2.70
Aceite de girasol|UND|CER|0.80|Solana Verde,Chasquito|250 ml 1.05;900 ml 2.95;2 l 6.20
Fideo tallarín|UND|CER|0.74|Molino Killari,Nonna Pacha|200 g 0.55;400 g 0.98;1 kg 2.30
Atún en agua|UND|CER|0.76|Costa Clara,Mar de Olón|80 g 0.95;160 g 1.65;354 g 3.40
Lenteja seleccionada|UND|CER|0.72|Tierra Ñan|250 g 0.70;500 g 1.30;1 kg 2.45
""",
    ),
    (
        "BEB",
        "Bebidas",
        """
Agua sin gas|UND|GEN|0.55|Yaku Pura,Nevado Blanco|500 ml 0.45;1.5 l 0.85;6 l 2.10
Agua mineral con gas|UND|GEN|0.58|Yaku Pura|500 ml 0.60;1 l 0.95;2 l 1.45
Gaseosa cola|UND|GEN|0.68|Chispanda,Tío Burbuja|400 ml 0.60;1.35 l 1.35;3 l 2.60
Gaseosa de manzana|UND|GEN|0.68|Chispanda,Tío Burbuja|400 ml 0.60;1.35 l 1.30;3 l 2.50
Jugo de naranjilla|UND|GEN|0.66|Huerta Quinde|250 ml 0.55;1 l 1.60;2 l 2.95
Néctar de durazno|UND|GEN|0.66|Huerta Quinde,Frutal Andares|200 ml 0.45;1 l 1.55;6 x 200 ml 2.50
Té helado limón|UND|GEN|0.64|Hoja Serena|300 ml 0.65;1 l 1.40;1.5 l 1.80
Bebida hidratante|UND|GEN|0.66|Volcán Activo|350 ml 0.75;500 ml 1.00;1 l 1.75
Café molido|UND|GEN|0.65|Cafetal Zamorano,Loma Tostada|100 g 2.10;250 g 4.60;500 g 8.75
""",
    ),
    (
        "LAC",
        "Lácteos y huevos",
        """
Leche entera|UND|CER|0.83|Pradera Machachi,Lechería Sisa|200 ml 0.40;900 ml 0.95;6 x 1 l 6.00
Leche deslactosada|UND|CER|0.82|Pradera Machachi|200 ml 0.50;1 l 1.30;6 x 1 l 7.60
Yogur de mora|UND|GEN|0.68|Lechería Sisa,Pradera Machachi|120 g 0.50;1 l 2.60;2 l 4.90
Yogur de frutilla|UND|GEN|0.68|Lechería Sisa|120 g 0.50;1 l 2.60;2 l 4.90
Queso fresco|UND|CER|0.74|Hacienda Tambo,Lechería Sisa|250 g 1.75;500 g 3.20;1 kg 6.20
Queso mozzarella|UND|GEN|0.72|Hacienda Tambo|250 g 2.60;400 g 3.95;1 kg 9.20
Mantequilla con sal|UND|GEN|0.73|Pradera Machachi|100 g 1.25;250 g 2.75;500 g 5.20
Crema de leche|UND|GEN|0.72|Lechería Sisa|200 ml 1.10;500 ml 2.35;1 l 4.40
Huevos|UND|CER|0.80|Granja Wallpa|12 unidades 1.95;15 unidades 2.40;30 unidades 4.50
""",
    ),
    (
        "PAN",
        "Panadería",
        """
Pan de molde blanco|UND|CER|0.66|Horno Sumak,Miga Tierna|350 g 1.25;500 g 1.70;700 g 2.20
Pan integral|UND|CER|0.66|Horno Sumak,Miga Tierna|350 g 1.55;500 g 2.10;700 g 2.75
Pan de yuca|UND|CER|0.60|Horno Sumak|4 unidades 1.20;8 unidades 2.20;12 unidades 3.10
Tostadas|UND|CER|0.62|Miga Tierna|120 g 0.95;220 g 1.60;400 g 2.70
Galleta de sal|UND|GEN|0.64|Crocanti,Miga Tierna|70 g 0.35;200 g 0.90;400 g 1.65
Galleta rellena de chocolate|UND|GEN|0.64|Crocanti|45 g 0.40;216 g 1.75;432 g 3.30
Galleta de avena|UND|GEN|0.62|Crocanti,Tierra Ñan|60 g 0.45;180 g 1.25;360 g 2.35
Bizcocho de Cayambe|UND|GEN|0.60|Horno Sumak|150 g 1.30;300 g 2.40;600 g 4.60
Quimbolito|UND|GEN|0.58|Horno Sumak|1 unidad 0.80;3 unidades 2.25;6 unidades 4.30
""",
    ),
    (
        "CAR",
        "Carnes y embutidos",
        """
Pechuga de pollo|UND|CER|0.78|Granja Wallpa|500 g 2.60;1 kg 5.00;2 kg 9.70
Pollo entero|UND|CER|0.80|Granja Wallpa|1.5 kg 4.65;2 kg 6.10;2.5 kg 7.50
Carne molida de res|KG|CER|0.78|Hacienda Tambo|corriente 5.60;especial 6.95;magra 8.40
Lomo de cerdo|KG|CER|0.78|Hacienda Tambo|con hueso 5.90;sin hueso 6.70;fileteado 7.35
Mortadela|UND|GEN|0.70|Don Ahumado,La Tabla Fina|100 g 0.85;200 g 1.55;500 g 3.50
Salchicha de pollo|UND|GEN|0.70|Don Ahumado,La Tabla Fina|200 g 1.60;400 g 2.95;1 kg 6.60
Jamón de espalda|UND|GEN|0.71|La Tabla Fina|100 g 1.25;200 g 2.35;500 g 5.50
Chorizo parrillero|UND|GEN|0.70|Don Ahumado|250 g 2.20;500 g 4.10;1 kg 7.90
Tilapia en filete|UND|CER|0.76|Mar de Olón|400 g 3.80;800 g 7.30;1 kg 8.95
""",
    ),
    (
        "FRU",
        "Frutas y verduras",
        """
Plátano verde|UND|CER|0.68|Finca Quinde|6 unidades 1.00;12 unidades 1.85;25 unidades 3.60
Guineo de seda|UND|CER|0.66|Finca Quinde|6 unidades 0.60;12 unidades 1.10;20 unidades 1.75
Manzana roja|UND|CER|0.74|Frutal Andares|4 unidades 1.30;8 unidades 2.40;12 unidades 3.45
Naranja de jugo|UND|CER|0.66|Frutal Andares|10 unidades 1.00;25 unidades 2.30;50 unidades 4.30
Papa chola|KG|CER|0.72|Tierra Ñan|corriente 0.85;lavada 1.05;seleccionada 1.30
Tomate riñón|KG|CER|0.68|Huerta Quinde|corriente 1.05;de primera 1.30;orgánico 1.95
Cebolla paiteña|KG|CER|0.68|Huerta Quinde|corriente 0.95;de primera 1.20;orgánica 1.80
Zanahoria|KG|CER|0.66|Huerta Quinde|corriente 0.70;de primera 0.90;orgánica 1.40
Aguacate de guacamole|UND|CER|0.70|Finca Quinde|1 unidad 0.60;3 unidades 1.65;6 unidades 3.10
""",
    ),
    (
        "SNA",
        "Snacks y dulces",
        """
Papas fritas naturales|UND|GEN|0.62|Crujipapa,Bocarrica|35 g 0.50;110 g 1.45;230 g 2.75
Chifles de sal|UND|GEN|0.60|Bocarrica,Finca Quinde|45 g 0.50;150 g 1.35;300 g 2.45
Maíz tostado con chulpi|UND|GEN|0.58|Tierra Ñan|50 g 0.50;150 g 1.30;400 g 3.10
Maní salado|UND|GEN|0.62|Bocarrica|40 g 0.45;150 g 1.50;400 g 3.75
Chocolate negro 70 %|UND|GEN|0.64|Cacao Arriba Nuestra,Loma Tostada|25 g 0.95;50 g 1.80;100 g 3.40
Chocolate con leche|UND|GEN|0.64|Cacao Arriba Nuestra|20 g 0.60;50 g 1.40;100 g 2.70
Caramelo de menta|UND|GEN|0.55|Dulzuri|100 g 0.85;250 g 1.90;500 g 3.60
Goma de frutas|UND|GEN|0.58|Dulzuri|60 g 0.65;150 g 1.45;400 g 3.55
Barra de granola|UND|GEN|0.62|Tierra Ñan|25 g 0.55;6 x 25 g 2.90;12 x 25 g 5.50
""",
    ),
    (
        "LIM",
        "Limpieza del hogar",
        """
Detergente en polvo|UND|GEN|0.70|Espumarrón,Blancanieve Plus|400 g 1.25;1 kg 2.80;3 kg 7.95
Jabón de lavar ropa|UND|GEN|0.68|Espumarrón|1 barra 0.65;3 barras 1.80;6 barras 3.45
Suavizante floral|UND|GEN|0.66|Brisa de Lino|400 ml 1.35;1 l 2.90;2.8 l 7.40
Cloro|UND|GEN|0.60|Blancanieve Plus|500 ml 0.70;1 l 1.20;3.8 l 3.60
Lavavajilla limón|UND|GEN|0.66|Espumarrón,Platito Feliz|250 g 0.95;500 g 1.70;1 kg 3.15
Desinfectante lavanda|UND|GEN|0.62|Brisa de Lino|500 ml 1.10;1 l 1.95;3.8 l 5.90
Papel higiénico doble hoja|UND|GEN|0.72|Nubesuave|4 rollos 1.60;12 rollos 4.55;24 rollos 8.80
Esponja doble uso|UND|GEN|0.50|Platito Feliz|1 unidad 0.45;3 unidades 1.20;6 unidades 2.20
Funda de basura|UND|GEN|0.55|Recogeya|10 unidades 0.95;20 unidades 1.75;50 unidades 3.95
""",
    ),
    (
        "ASE",
        "Aseo personal",
        """
Jabón de tocador|UND|GEN|0.62|Flor de Páramo,Nubesuave|90 g 0.75;3 x 90 g 2.05;6 x 90 g 3.90
Champú de manzanilla|UND|GEN|0.62|Flor de Páramo|180 ml 2.20;400 ml 4.25;750 ml 6.90
Acondicionador de sábila|UND|GEN|0.62|Flor de Páramo|180 ml 2.35;400 ml 4.45;750 ml 7.20
Pasta dental menta|UND|GEN|0.64|Sonrisana|50 ml 0.95;100 ml 1.75;3 x 100 ml 4.80
Cepillo dental medio|UND|GEN|0.52|Sonrisana|1 unidad 1.10;2 unidades 1.95;4 unidades 3.60
Desodorante en barra|UND|GEN|0.66|Volcán Activo|30 g 1.85;50 g 2.75;2 x 50 g 5.20
Crema corporal|UND|GEN|0.60|Flor de Páramo|100 ml 1.60;200 ml 2.85;400 ml 5.10
Toallas sanitarias|UND|CER|0.70|Nubesuave|8 unidades 1.05;16 unidades 1.95;32 unidades 3.70
Pañal etapa|UND|CER|0.76|Wawa Seco|P 24 unidades 5.40;M 22 unidades 5.70;G 20 unidades 5.95
""",
    ),
    (
        "FER",
        "Ferretería",
        """
Foco LED luz blanca|UND|GEN|0.58|Lumichispa|9 W 1.20;12 W 1.65;15 W 2.10
Cemento gris|UND|RED|0.86|Roca Andares|5 kg 1.40;25 kg 4.95;50 kg 8.60
Clavo de acero|UND|RED|0.66|Ferromanso|1 pulgada 0.90;2 pulgadas 1.15;3 pulgadas 1.45
Tornillo autorroscante|UND|GEN|0.60|Ferromanso|25 unidades 1.10;50 unidades 1.95;100 unidades 3.60
Cinta aislante|UND|GEN|0.52|Lumichispa|5 m 0.55;10 m 0.95;20 m 1.70
Pila alcalina|UND|GEN|0.60|Lumichispa|AA x 2 1.60;AAA x 2 1.60;AA x 4 2.95
Pintura látex blanca|UND|RED|0.70|Murovivo|1 l 4.20;1 galón 13.90;1 caneca 58.00
Brocha de cerda|UND|GEN|0.54|Murovivo|1 pulgada 1.05;2 pulgadas 1.75;4 pulgadas 3.90
Candado de bronce|UND|GEN|0.60|Ferromanso|30 mm 3.10;40 mm 4.60;50 mm 6.75
""",
    ),
    (
        "PAP",
        "Papelería",
        """
Cuaderno universitario|UND|CER|0.66|Letra Viva,Pupitre|50 hojas 0.90;100 hojas 1.60;200 hojas 2.95
Papel bond A4|UND|CER|0.74|Letra Viva|50 hojas 0.80;100 hojas 1.45;500 hojas 4.60
Esferográfico azul|UND|CER|0.50|Pupitre|1 unidad 0.30;3 unidades 0.85;12 unidades 3.10
Lápiz HB|UND|CER|0.48|Pupitre|1 unidad 0.20;3 unidades 0.55;12 unidades 1.95
Marcador permanente|UND|GEN|0.52|Trazofirme|1 unidad 0.75;4 unidades 2.70;12 unidades 7.60
Goma en barra|UND|GEN|0.54|Pupitre|10 g 0.55;20 g 0.95;40 g 1.60
Tijera escolar|UND|GEN|0.52|Trazofirme|12 cm 0.95;15 cm 1.45;21 cm 2.60
Carpeta plástica|UND|GEN|0.50|Letra Viva|A5 0.55;A4 0.75;Oficio 0.95
Pinturas de madera|UND|GEN|0.58|Trazofirme,Pupitre|12 colores 1.95;24 colores 3.70;36 colores 5.60
""",
    ),
    (
        "MAS",
        "Mascotas",
        """
Alimento para perro adulto|UND|GEN|0.76|Huella Fiel,Ayllu Can|1 kg 2.80;4 kg 10.40;15 kg 34.50
Alimento para cachorro|UND|GEN|0.76|Huella Fiel|1 kg 3.30;2 kg 6.40;8 kg 23.90
Alimento para gato|UND|GEN|0.76|Bigote Fino|500 g 2.10;1.5 kg 5.90;7 kg 24.80
Lata para gato|UND|GEN|0.70|Bigote Fino|85 g 1.15;156 g 1.75;4 x 156 g 6.60
Galleta para perro|UND|GEN|0.62|Ayllu Can|100 g 1.20;250 g 2.60;500 g 4.75
Arena sanitaria|UND|GEN|0.64|Bigote Fino|2 kg 2.75;4.5 kg 5.60;10 kg 11.40
Champú para mascota|UND|GEN|0.60|Huella Fiel|120 ml 2.35;250 ml 4.10;500 ml 6.95
Collar ajustable|UND|GEN|0.52|Ayllu Can|talla S 2.20;talla M 2.90;talla G 3.60
Plato de acero|UND|GEN|0.55|Ayllu Can|16 cm 2.40;21 cm 3.60;26 cm 5.20
""",
    ),
)
